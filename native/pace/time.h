// Points in the host's and in the guests' time. Only clock_reader.h turns one into the other.
#pragma once

#include <chrono>

namespace diecast::pace {

using Duration = std::chrono::nanoseconds;

struct VirtualTimeline;
struct RealTimeline;

// CLOCK_MONOTONIC as the guests see it. The model (pipe.h, network.h) knows no other.
using VirtualTime = std::chrono::time_point<VirtualTimeline, Duration>;
// CLOCK_MONOTONIC of the host.
using RealTime = std::chrono::time_point<RealTimeline, Duration>;

}  // namespace diecast::pace
