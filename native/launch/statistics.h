// --stats: what a tree did, for people and for the library.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "clock/abi.h"

namespace diecast::launch {

struct Statistics {
    std::int64_t realNs = 0;
    std::int64_t virtualNs = 0;
    std::uint64_t processes = 0;
    std::uint64_t execs = 0;
    std::vector<std::pair<std::string, std::uint64_t>> traps;  // by system call, most first
};

std::vector<std::pair<std::string, std::uint64_t>> trapsOf(const dc_stats_page& page);

// A table, ending in a line end.
std::string tableOf(const Statistics& statistics);

// A JSON object.
std::string jsonOf(const Statistics& statistics);

}  // namespace diecast::launch
