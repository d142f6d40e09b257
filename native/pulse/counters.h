// What diecast-pulse counts, in a memfd that the library reads (src/host/pulse.ts has the same layout): 64-bit words.
#pragma once

#include <cstdint>

#include "pace/histogram.h"

namespace diecast::pulse {

struct PulseCounters {
    static constexpr std::uint64_t theMagic = 0x3165736c7544ull;  // "Dulse1"
    static constexpr std::uint64_t theVersion = 2;

    std::uint64_t magic;
    std::uint64_t version;
    // Odd while the two clocks are being written.
    std::uint64_t sequence;
    std::uint64_t monotonicNs;  // as the run's clock goes by it: slewed by whoever sets the host's clock
    std::uint64_t rawNs;        // as the hardware counts
    pace::LatenessCounters lateness;
    // So many follow.
    std::uint64_t coreCount;
};

// How fast a processor of the host was when diecast-pulse tried it. A reader may see one trial more in one word than in
// the other: of many that is nothing.
struct CoreCounters {
    std::uint64_t processor;
    std::uint64_t probes;
    // Of all of them, of stepsPerSecond().
    std::uint64_t speedSum;
};

}  // namespace diecast::pulse
