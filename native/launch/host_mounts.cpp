#include "host_mounts.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "clock/proc_files.h"

namespace diecast::launch {

namespace {

constexpr std::string_view ownOfGuest[] = {"proc", "sys", "dev", "run", "tmp", "var/tmp", "experiment"};

// What shows the kernel rather than files: a guest gets none of it, or its own.
constexpr std::string_view kernelInterfaces[] = {
    "proc",    "sysfs",    "cgroup",     "cgroup2", "devtmpfs",    "devpts",     "mqueue", "hugetlbfs",
    "tracefs", "debugfs",  "securityfs", "bpf",     "pstore",      "configfs",   "nsfs",   "autofs",
    "fusectl", "efivarfs", "selinuxfs",  "ramfs",   "binfmt_misc", "rpc_pipefs",
};

// mountinfo writes space, tab, newline and backslash as \ooo (proc(5)).
std::string unescape(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

bool isAtOrBelow(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// The part of `path` below `root`, if it lies there.
std::optional<std::string> below(const std::string& path, const std::string& root) {
    if (root == "/") return path.size() > 1 ? std::optional(path.substr(1)) : std::nullopt;
    if (!isAtOrBelow(path, root) || path.size() == root.size()) return std::nullopt;
    return path.substr(root.size() + 1);
}

struct Line {
    std::string mountPoint;
    bool readOnly = false;
    std::string type;
};

// "ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE SUPEROPTIONS"
std::optional<Line> parseLine(const std::string& text) {
    std::istringstream fields(text);
    std::string skipped;
    std::string options;
    Line line;
    fields >> skipped >> skipped >> skipped >> skipped >> line.mountPoint >> options;
    while (fields >> skipped && skipped != "-") continue;
    if (!(fields >> line.type)) return std::nullopt;
    line.mountPoint = unescape(line.mountPoint);
    line.readOnly = options == "ro" || options.starts_with("ro,");
    return line;
}

}  // namespace

std::vector<HostMount> parseHostMounts(const std::string& mountinfo, const std::string& root,
                                       const std::string& stage) {
    std::vector<HostMount> mounts;
    std::istringstream lines(mountinfo);
    for (std::string text; std::getline(lines, text);) {
        const auto line = parseLine(text);
        const auto path = line ? below(line->mountPoint, root) : std::nullopt;
        if (!path || isAtOrBelow(line->mountPoint, stage)) continue;
        if (std::ranges::find(kernelInterfaces, line->type) != std::end(kernelInterfaces)) continue;
        if (std::ranges::any_of(ownOfGuest, [&](std::string_view own) { return isAtOrBelow(*path, own); })) continue;
        // Of several at one place the last one is seen.
        std::erase_if(mounts, [&](const HostMount& one) { return isAtOrBelow(one.path, *path); });
        mounts.push_back({*path, line->type, line->readOnly});
    }
    return mounts;
}

std::vector<HostMount> findHostMounts(const std::string& root, const std::string& stage) {
    const auto text = clock::readProcFile("/proc/self/mountinfo");
    if (!text) throw std::runtime_error("cannot read /proc/self/mountinfo; is /proc mounted?");
    return parseHostMounts(*text, root, stage);
}

}  // namespace diecast::launch
