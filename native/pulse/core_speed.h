// How fast a core runs at this moment.
#pragma once

#include <cstdint>

namespace diecast::pulse {

// Steps of a fixed loop that the calling thread's core takes in a second, measured for about 20 us.
//
// On a shared machine that changes from one moment to the next, and with it how long the same work takes, by up
// to 1.85. Not all code feels it alike. A chain of dependent additions, which tells the clock's frequency, does not,
// independent ones by up to a half. Loads and stores in the first cache, many at a time, do as servers' code does: over
// spans of a quarter second the time that this loop took went with what PBKDF2, sorting, JSON and regular expressions
// took with correlations of 0.97 to 0.99, in proportion.
std::uint64_t stepsPerSecond() noexcept;

}  // namespace diecast::pulse
