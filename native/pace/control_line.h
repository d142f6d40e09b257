// This end of a control socket: lines from the library, one JSON object a line to it (src/clock/control_line.ts).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clock/fd.h"
#include "pace/setup_error.h"

namespace diecast::pace {

// What every process of a run says; each adds its own `ready`.
class ControlLine {
  public:
    explicit ControlLine(int fd) noexcept : fd_(fd) {}

    int fd() const noexcept { return fd_.get(); }

    // The lines that have come since the last time; waits for the first if `wait`. Nothing: the other side has gone.
    std::optional<std::vector<std::string>> receive(bool wait);
    // Whether the other side is still there.
    bool connected() const noexcept;

    void failed(const SetupError& error);
    void warning(std::string_view message);
    // What was asked under this id has been done.
    void done(std::uint64_t id);

  protected:
    void send(std::string line);

  private:
    clock::Fd fd_;
    std::string unread_;
};

// A JSON string. The texts are this program's and the C library's; a byte of another kind becomes '?'.
std::string quoted(std::string_view text);

// A JSON list.
template <typename Items, typename Format>
std::string listed(const Items& items, Format format) {
    std::string result = "[";
    for (const auto& item : items) {
        if (result.size() > 1) result += ',';
        result += format(item);
    }
    return result + "]";
}

}  // namespace diecast::pace
