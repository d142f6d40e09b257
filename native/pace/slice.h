// The scheduler's slice: for how long who has a processor keeps it from one who wakes.
#pragma once

namespace diecast::pace {

// Gives this process, and all that it starts, the least slice there is (0.1 ms). On a machine of its own who wakes
// finds a processor free; on a host that guests share it would find another guest at work, whose usual slice (1.4 ms on
// two cores) ends at the next tick only: up to 4 ms later. Linux 6.12 and later; before, this changes nothing. Nor does
// it for who is not scheduled as usual (SCHED_OTHER). Takes no rights.
void takeShortSlice() noexcept;

}  // namespace diecast::pace
