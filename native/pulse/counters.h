// What diecast-pulse counts, in a memfd that the library reads (src/host/pulse.ts has the same layout): 64-bit words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pace/histogram.h"

namespace diecast::pulse {

struct PulseCounters {
    static constexpr std::uint64_t theMagic = 0x3165736c7544ull;  // "Dulse1"
    static constexpr std::uint64_t theVersion = 3;

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

// What it took to go through lines (native/pulse/cold_lines.h) that had not been used for a while.
struct ColdCounters {
    std::uint64_t passes;
    // Of all of them.
    std::uint64_t restNs;
    std::uint64_t passNs;
};

// How fast a processor of the host was when diecast-pulse tried it. A reader may see one trial more in one word than in
// the other: of many that is nothing, and of the few after the longest rest not much.
struct CoreCounters {
    std::uint64_t processor;
    std::uint64_t probes;
    // Of all of them, of stepsPerSecond().
    std::uint64_t speedSum;
    // After rests of about 5, 20, 80 and 320 ms, the shortest first; none is shorter than the pause between trials.
    static constexpr std::size_t rests = 4;
    ColdCounters cold[rests];
};

}  // namespace diecast::pulse
