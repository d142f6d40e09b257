// Reads the run's clock: the one place where real and virtual time meet.
#pragma once

#include <time.h>

#include <optional>

#include "clock/mapping.h"
#include "pace/time.h"

namespace diecast::pace {

inline RealTime realNow() noexcept {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return RealTime(std::chrono::seconds(ts.tv_sec) + Duration(ts.tv_nsec));
}

// Reads a page that another process writes.
class ClockReader {
  public:
    // `page` outlives it.
    explicit ClockReader(const dc_clock_page& page) noexcept : page_(page) { refresh(); }

    // Follows changes of the clock's course and returns the time by it.
    VirtualTime refresh() noexcept {
        while (true) {
            const std::uint32_t sequence = __atomic_load_n(&page_.sequence, __ATOMIC_ACQUIRE);
            if ((sequence & 1) != 0) continue;
            mapping_.real_base_ns = __atomic_load_n(&page_.now.real_base_ns, __ATOMIC_RELAXED);
            mapping_.virtual_base_ns = __atomic_load_n(&page_.now.virtual_base_ns, __ATOMIC_RELAXED);
            mapping_.rate = __atomic_load_n(&page_.now.rate, __ATOMIC_RELAXED);
            mapping_.nominal_rate = __atomic_load_n(&page_.now.nominal_rate, __ATOMIC_RELAXED);
            // Within the check: a time read by the old course after the change would be ahead of the new one.
            real_ = realNow();
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (__atomic_load_n(&page_.sequence, __ATOMIC_RELAXED) == sequence) break;
        }
        virtual_ = VirtualTime(Duration(dc_virtual_now(&mapping_, real_.time_since_epoch().count())));
        return virtual_;
    }

    // As of the last refresh().
    VirtualTime now() const noexcept { return virtual_; }
    RealTime real() const noexcept { return real_; }

    // What it will be so much real time after that.
    VirtualTime after(Duration real) const noexcept {
        return VirtualTime(Duration(dc_virtual_now(&mapping_, (real_ + real).time_since_epoch().count())));
    }

    // When it will be that time; nothing while time stands still.
    std::optional<RealTime> realAt(VirtualTime time) const noexcept {
        if (mapping_.rate == 0) return std::nullopt;
        return RealTime(Duration(dc_real_at(&mapping_, time.time_since_epoch().count())));
    }
    // How long ago it was that time, in real time, not counting what time stood still before the last change.
    Duration realSince(VirtualTime past) const noexcept {
        return real_ - RealTime(Duration(dc_real_at(&mapping_, past.time_since_epoch().count())));
    }

  private:
    const dc_clock_page& page_;
    dc_mapping mapping_{};
    RealTime real_{};
    VirtualTime virtual_{};
};

}  // namespace diecast::pace
