// The frequency of the host's time stamp counter, for --tsc.
#pragma once

#include <cstdint>

namespace diecast::clock {

// From CPUID where the processor tells; else measured against CLOCK_MONOTONIC, which takes 20 ms.
std::uint64_t tscKhz();

}  // namespace diecast::clock
