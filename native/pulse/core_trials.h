// Tries each processor again and again.
#pragma once

#include <span>

#include "pace/time.h"
#include "pulse/counters.h"

namespace diecast::pulse {

// Starts a thread for each of `cores`, on its `processor`, that counts there how fast it is, and how long its caches
// keep something, with pauses of `interval`. They never end; the memory is to outlive them. One that cannot be had
// counts nothing.
void tryCores(std::span<CoreCounters> cores, pace::Duration interval);

}  // namespace diecast::pulse
