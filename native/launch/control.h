// The control socket of the library (src/clock/control.ts): one JSON object a line to it, lines of a verb and a number
// from it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clock/fd.h"

namespace diecast::launch {

// Without a descriptor everything is a no-op.
class Control {
  public:
    explicit Control(std::optional<int> fd) : fd_(fd.value_or(-1)) {}

    bool present() const noexcept { return static_cast<bool>(fd_); }
    int fd() const noexcept { return fd_.get(); }
    void close() noexcept { fd_.reset(); }

    void started(pid_t pid);
    void waiting(pid_t pid);  // at the gate
    void ready(pid_t pid);    // a guest's init
    void killed(std::uint64_t id);
    void remounted(std::uint64_t id, bool all);
    void failed(int exitCode, std::string_view message);
    void warning(std::string_view message);
    void kicked(std::uint64_t id);
    // One of code and signal; `statistics` is JSON.
    void exited(std::optional<int> code, std::optional<int> signal, std::string_view statistics);

    // Nothing more comes. Waits for the other side to see that: what is still on its way here would make its writes
    // fail, and Node then drops what it has not read yet.
    void finish();

    struct Request {
        enum class Verb { Kick, Signal, Kill, Remount } verb;
        std::uint64_t number;
    };
    // What has been asked for since the last time; call when fd() is readable. Nothing: the other side has gone.
    std::optional<std::vector<Request>> receive();

  private:
    void send(const std::string& line);

    clock::Fd fd_;
    std::string unread_;
};

}  // namespace diecast::launch
