// The time page from the host's side: the one thing all guests of a run share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "abi.h"

namespace diecast::clock {

// A TDF as a reduced fraction: real duration ÷ virtual duration.
struct Ratio {
    std::uint64_t num = 1;
    std::uint64_t den = 1;
};

struct Snapshot {
    std::int64_t realNs;         // host CLOCK_MONOTONIC
    std::int64_t virtualNs;      // the guests' CLOCK_MONOTONIC
    std::int64_t virtualWallNs;  // the guests' CLOCK_REALTIME
    std::uint32_t generation;
    bool frozen;
};

// Owns one mapping of the bundle (clock page and guest image in one memfd). One writer per page: the object that
// created it, or one that adopted it by agreement. Guests hold read-only mappings of their own, so destroying the
// object does not stop their time. Not thread-safe.
class TimePage {
  public:
    struct Start {
        Ratio tdf;
        std::optional<std::int64_t> wallNs;  // virtual CLOCK_REALTIME at the beginning; now if not given
        bool frozen = false;                 // begin at rest, for a later resume()
    };

    // Throws std::system_error when the kernel refuses, std::invalid_argument for a TDF outside 1/1000 to 10000.
    static TimePage create(const Start& start);

    // Takes over the descriptor of a bundle made by create(). Throws std::runtime_error if it is none, or another
    // version's.
    static TimePage adopt(int fd);

    TimePage(TimePage&& other) noexcept;
    TimePage& operator=(TimePage&&) = delete;
    TimePage(const TimePage&) = delete;
    TimePage& operator=(const TimePage&) = delete;
    ~TimePage();

    int fd() const noexcept { return fd_; }
    // A descriptor of the same bundle that cannot be mapped writable; close-on-exec; the caller's to close.
    int openReadOnly() const;

    Snapshot now() const noexcept;
    bool frozen() const noexcept { return page_->now.rate == 0; }
    const dc_clock_page& page() const noexcept { return *page_; }

    // Each takes effect at once for what reads the clock. Waits already under way need the supervisor's kick.
    void setRate(Ratio tdf);
    void freeze();
    void resume();

    // Lets programs begin that wait at gates up to this number. Gates stay open.
    void openGates(std::uint32_t number) noexcept;

    // While set, guests' calls on kernel timers wait: the supervisor is moving those timers to a new mapping.
    void setRearming(bool on) noexcept;

  private:
    TimePage(int fd, dc_clock_page* page) noexcept : fd_(fd), page_(page) {}
    void change(std::uint64_t rate, std::uint64_t nominalRate);

    int fd_;
    dc_clock_page* page_;
};

// Virtual ns per real ns in Q52, rounded up. Throws std::invalid_argument for a TDF outside 1/1000 to 10000.
std::uint64_t rateOf(Ratio tdf);

}  // namespace diecast::clock
