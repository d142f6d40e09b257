// Counts durations in bins that are a ninth of their value wide at most.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace diecast::pace {

// Lies in memory that the library reads (src/host/counter_words.ts): 64-bit words throughout.
struct LatenessCounters {
    static constexpr unsigned subBins = 8;  // to each power of two
    static constexpr unsigned bins = 64 * subBins;

    std::uint64_t count;
    std::uint64_t sumNs;
    std::uint64_t maxNs;
    std::uint64_t bin[bins];
};

// Small values have a bin each; from then on each power of two has `subBins` of them.
constexpr unsigned binOf(std::uint64_t ns) noexcept {
    constexpr unsigned sub = LatenessCounters::subBins;
    constexpr unsigned shift = std::bit_width(sub) - 1;
    if (ns < sub) return static_cast<unsigned>(ns);
    const unsigned exponent = static_cast<unsigned>(std::bit_width(ns)) - 1 - shift;
    return exponent * sub + static_cast<unsigned>(ns >> exponent);
}

inline void record(LatenessCounters& histogram, std::int64_t ns) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    histogram.count++;
    histogram.sumNs += value;
    histogram.maxNs = std::max(histogram.maxNs, value);
    histogram.bin[binOf(value)]++;
}

static_assert(binOf(7) == 7 && binOf(8) == 8 && binOf(15) == 15 && binOf(16) == 16 && binOf(31) == 23);
static_assert(binOf(UINT64_MAX) < LatenessCounters::bins);

}  // namespace diecast::pace
