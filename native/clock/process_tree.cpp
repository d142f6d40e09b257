#include "process_tree.h"

#include <dirent.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>

#include "proc_files.h"

namespace diecast::clock {

namespace {

std::optional<pid_t> parentOf(pid_t pid) {
    const auto text = readProcFile("/proc/" + std::to_string(pid) + "/stat");
    if (!text) return std::nullopt;
    // "PID (NAME) STATE PPID ...", and a name may hold anything, parentheses too.
    const auto name = text->rfind(") ");
    if (name == std::string::npos || name + 4 >= text->size()) return std::nullopt;
    return static_cast<pid_t>(std::strtol(text->c_str() + name + 4, nullptr, 10));
}

// Every process's parent.
std::unordered_map<pid_t, pid_t> readParents() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
    if (!directory) throw std::system_error(errno, std::generic_category(), "cannot look for processes in /proc");
    std::unordered_map<pid_t, pid_t> parents;
    while (const dirent* entry = readdir(directory.get())) {
        const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        if (pid <= 0) continue;
        if (const auto parent = parentOf(pid)) parents.emplace(pid, *parent);
    }
    return parents;
}

// Whether everybody's parent was seen: else one has ended while we looked, and its children are under another by now.
bool consistent(const std::unordered_map<pid_t, pid_t>& parents) {
    for (const auto& [pid, parent] : parents) {
        if (parent != 0 && !parents.contains(parent)) return false;
    }
    return true;
}

}  // namespace

std::vector<pid_t> descendantsOf(pid_t root) {
    constexpr int attempts = 8;
    auto parents = readParents();
    for (int attempt = 1; attempt < attempts && !consistent(parents); attempt++) parents = readParents();
    std::unordered_multimap<pid_t, pid_t> children;
    for (const auto& [pid, parent] : parents) children.emplace(parent, pid);
    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size(); i++) {
        const auto [first, last] = children.equal_range(found[i]);
        for (auto child = first; child != last; ++child) found.push_back(child->second);
    }
    found.erase(found.begin());
    return found;
}

bool descendsFrom(pid_t pid, pid_t ancestor) {
    while (pid > 1 && pid != ancestor) {
        const auto parent = parentOf(pid);
        if (!parent) return false;
        pid = *parent;
    }
    return pid == ancestor;
}

}  // namespace diecast::clock
