// Moves the timerfds of a tree to a new mapping. Any process can do that with a copy of the descriptor.
#pragma once

#include <sys/types.h>

#include <vector>

#include "abi.h"

namespace diecast::clock {

// The change of mapping that kernel timers are to follow.
struct MappingChange {
    dc_mapping before;
    dc_mapping now;
};

// Every timerfd that is open in one of the processes and armed. Processes that end meanwhile, or may not be looked
// into, are left out.
void moveTimerfds(const std::vector<pid_t>& processes, const MappingChange& change);

}  // namespace diecast::clock
