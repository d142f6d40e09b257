// Where a program waits, ready to begin, until the clock runs and its gate is open: so all programs that are to begin
// together do so at one virtual instant, however long it takes to get them ready. Gate 0 is open all the time.
#pragma once

#include <cstdint>

#include "clock/abi.h"

namespace diecast::launch {

bool gateIsClosed(const dc_clock_page& page, std::uint32_t gate) noexcept;

// Returns when time runs, and the gate is open. Makes no call that carries time, so it may be used under the filter.
void waitAtGate(const dc_clock_page& page, std::uint32_t gate) noexcept;

}  // namespace diecast::launch
