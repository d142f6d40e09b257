#include "proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "fd.h"

namespace diecast::clock {

namespace {

std::string procPath(pid_t pid, const char* entry) {
    return "/proc/" + std::to_string(pid) + "/" + entry;
}

}  // namespace

std::optional<std::string> readProcFile(const std::string& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::string text;
    std::array<char, 4096> piece;
    while (true) {
        const ssize_t n = read(file.get(), piece.data(), piece.size());
        if (n < 0) return std::nullopt;  // ESRCH: it has just ended
        if (n == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

std::string statusField(pid_t tid, const std::string& key) {
    std::istringstream lines(readProcFile(procPath(tid, "status")).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        if (line.compare(0, key.size() + 1, key + ":") != 0) continue;
        const auto start = line.find_first_not_of(" \t", key.size() + 1);
        return start == std::string::npos ? "" : line.substr(start);
    }
    return "";
}

pid_t tracerOf(pid_t tid) {
    return static_cast<pid_t>(std::strtol(statusField(tid, "TracerPid").c_str(), nullptr, 10));
}

std::string nameOf(pid_t pid) {
    std::string name = readProcFile(procPath(pid, "comm")).value_or("?");
    if (!name.empty() && name.back() == '\n') name.pop_back();
    return name;
}

std::string programOf(pid_t pid) {
    std::array<char, PATH_MAX> path;
    const ssize_t n = readlink(procPath(pid, "exe").c_str(), path.data(), path.size());
    return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : nameOf(pid);
}

ThreadActivity blockedIn(pid_t tid) {
    // "running", or "NR ARG0 ... ARG5 SP PC" in hexadecimal but for NR, or "-1 SP PC" outside of any call.
    const auto text = readProcFile(procPath(tid, "syscall"));
    if (!text) return {};
    ThreadActivity activity;
    if (text->starts_with("running")) {
        activity.kind = ThreadActivity::Kind::Running;
        return activity;
    }
    activity.kind = ThreadActivity::Kind::Blocked;
    activity.nr = static_cast<int>(std::strtol(text->c_str(), nullptr, 10));
    const auto last = text->find_last_of(' ');
    if (last != std::string::npos) activity.instructionPointer = std::strtoull(text->c_str() + last, nullptr, 16);
    if (activity.instructionPointer == 0) return {};  // a zombie
    return activity;
}

pid_t processOf(pid_t tid) {
    // Nearly every thread that is asked about is its process's first, and this is quick.
    if (syscall(SYS_tgkill, tid, tid, 0) == 0) return tid;
    const auto process = static_cast<pid_t>(std::strtol(statusField(tid, "Tgid").c_str(), nullptr, 10));
    return process > 0 ? process : tid;
}

std::vector<pid_t> threadsOf(pid_t pid) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(procPath(pid, "task").c_str()), closedir);
    std::vector<pid_t> threads;
    if (!directory) return threads;
    while (const dirent* entry = readdir(directory.get())) {
        const auto tid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        if (tid > 0) threads.push_back(tid);
    }
    return threads;
}

}  // namespace diecast::clock
