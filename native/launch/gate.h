// Where a program waits, ready to begin, until the clock runs: so all programs of a run begin at one virtual instant.
#pragma once

#include "clock/abi.h"

namespace diecast::launch {

bool gateIsClosed(const dc_clock_page& page) noexcept;

// Returns when time runs. Makes no call that carries time, so it may be used under the filter.
void waitAtGate(const dc_clock_page& page) noexcept;

}  // namespace diecast::launch
