// What /proc tells about other processes. None of it is on the path of an ordinary exec.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace diecast::clock {

// The whole of a small file; nothing if it cannot be read.
std::optional<std::string> readProcFile(const std::string& path);

// The value of "Key:" in /proc/TID/status, without leading blanks; empty if there is none.
std::string statusField(pid_t tid, const std::string& key);

// Who traces the thread; 0: nobody, or unknown.
pid_t tracerOf(pid_t tid);

// The program's name as the kernel has it (at most 15 characters); "?" if unknown.
std::string nameOf(pid_t pid);

// The path of the program a process runs; its name if that is unknown.
std::string programOf(pid_t pid);

// What a thread is doing: /proc/TID/syscall.
struct ThreadActivity {
    enum class Kind { Gone, Running, Blocked };
    Kind kind = Kind::Gone;
    int nr = -1;                           // the system call it is blocked in; -1 if in none
    std::uint64_t instructionPointer = 0;  // only if blocked
};
ThreadActivity blockedIn(pid_t tid);

// The process a thread belongs to; the thread itself if it is gone.
pid_t processOf(pid_t tid);

// The threads of a process; empty if it is gone.
std::vector<pid_t> threadsOf(pid_t pid);

}  // namespace diecast::clock
