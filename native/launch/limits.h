// Resource limits of COMMAND, as setrlimit(2) has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clock/time_page.h"
#include "given.h"

namespace diecast::launch {

struct Limit {
    int resource;
    std::string name;     // as given: nofile
    std::uint64_t value;  // RLIM_INFINITY: unlimited
};

// Reads NAME=NUMBER or NAME=unlimited. Throws UsageError.
Limit parseLimit(const Given& given);

// Sets both the soft and the hard limit of this process. Processor time is given as the guest counts it:
// C_virtual = C_real × num ÷ den of `cpuScale`; num 0: as the host does. Throws std::system_error.
void applyLimits(const std::vector<Limit>& limits, clock::Ratio cpuScale);

}  // namespace diecast::launch
