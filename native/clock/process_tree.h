// The processes below one process, found in /proc.
#pragma once

#include <sys/types.h>

#include <vector>

namespace diecast::clock {

// All descendants, parents before their children; also those that have ended but have not been waited for, since
// threads may be left of them. Throws std::system_error without /proc.
std::vector<pid_t> descendantsOf(pid_t root);

// Whether `pid` is `ancestor` or descends from it; false if it has ended.
bool descendsFrom(pid_t pid, pid_t ancestor);

}  // namespace diecast::clock
