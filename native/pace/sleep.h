// Real sleep.
#pragma once

#include <time.h>

#include "pace/time.h"

namespace diecast::pace {

inline void sleepUntil(RealTime time) noexcept {
    const auto ns = time.time_since_epoch().count();
    const timespec until{ns / 1'000'000'000, ns % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) continue;
}

}  // namespace diecast::pace
