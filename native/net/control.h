// The control socket: lines from the library (protocol.h), one JSON object a line to it (src/host/links/protocol.ts).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "clock/fd.h"
#include "setup_error.h"

namespace diecast::net {

class Control {
  public:
    explicit Control(int fd) noexcept : fd_(fd) {}

    int fd() const noexcept { return fd_.get(); }

    // The lines that have come since the last time; waits for the first if `wait`. Nothing: the other side has gone.
    std::optional<std::vector<std::string>> receive(bool wait);
    // Whether the other side is still there.
    bool connected() const noexcept;

    struct Ready {
        std::vector<int> namespaces;  // this process's descriptors, by guest
        int counters;
        bool realTimePriority;
        std::vector<std::string> skippedSysctls;
    };
    void ready(const Ready& facts);
    // This process's descriptors of the namespaces that it holds.
    void held(const std::vector<int>& guests, const std::vector<int>& switches);
    // Settings that the kernel does not have or did not take, with the reason.
    void skipped(const std::set<std::string>& sysctls);
    void failed(const SetupError& error);
    void warning(std::string_view message);
    // What was asked under this id has been done.
    void done(std::uint64_t id);

  private:
    void send(std::string line);

    clock::Fd fd_;
    std::string unread_;
};

}  // namespace diecast::net
