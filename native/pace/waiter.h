// Waits for descriptors and for one moment at a time.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "clock/fd.h"
#include "pace/time.h"

namespace diecast::pace {

// A sleeping processor takes its time to wake (30 to 70 µs in some virtual machines), so it asks to be woken a little
// early, by as much as waking has taken lately, and looks at the clock for the rest. Looking costs processor time that
// guests need: over any while it may take a fifth of it at most.
class Waiter {
  public:
    // Throws SetupError.
    Waiter();

    // `token` is what wait() tells of it. Throws SetupError.
    void add(int fd, std::uint32_t token);
    void remove(int fd) noexcept;

    // Returns the tokens of what can be read, at the latest at the deadline, if there is one.
    std::span<const std::uint32_t> wait(std::optional<RealTime> deadline);
    // The same without waiting.
    std::span<const std::uint32_t> look() noexcept { return collect(0); }

  private:
    std::span<const std::uint32_t> collect(int timeoutMs) noexcept;
    std::span<const std::uint32_t> watch(RealTime deadline) noexcept;
    void arm(std::optional<RealTime> wake) noexcept;
    void learn(Duration late) noexcept;

    static constexpr std::size_t most = 64;
    static constexpr std::uint32_t timerToken = UINT32_MAX;

    clock::Fd epoll_;
    clock::Fd timer_;
    std::optional<RealTime> armed_;
    std::array<epoll_event, most> events_;
    std::array<std::uint32_t, most> tokens_;

    Duration waking_;  // how much earlier than needed to be woken
    Duration allowance_;
    RealTime allowedSince_;
};

}  // namespace diecast::pace
