// What one direction of a link is like, as perceived (src/spec/experiment.ts has the same, with comments for users).
#pragma once

#include <cstdint>
#include <optional>

#include "names.h"

namespace diecast::net {

enum class JitterDistribution { Uniform, Normal, Pareto, Exponential };

// Gilbert and Elliott's two states; independent loss is the one that never leaves the good state.
struct Loss {
    double toBad = 0;
    double toGood = 1;
    double inGood = 0;
    double inBad = 1;
};

struct Red {
    double least = 0;
    double most = 0;
    double probability = 0;
    double weight = 0;
};

struct QueueLimits {
    static constexpr std::uint64_t none = UINT64_MAX;
    // A queue without any limit would let one guest fill the host's memory: parsing gives it this one.
    static constexpr std::uint64_t usualPackets = 1000;

    std::uint64_t packets = usualPackets;
    std::uint64_t bytes = none;
    std::optional<Red> red;
    bool ecn = false;
};

struct Parameters {
    std::optional<double> bandwidthBps;
    Duration latency{};
    Duration jitter{};
    JitterDistribution jitterDistribution = JitterDistribution::Uniform;
    bool jitterReorders = false;
    Loss loss;
    double duplicate = 0;
    double corrupt = 0;
    double reorder = 0;
    QueueLimits queue;
    bool up = true;
};

}  // namespace diecast::net
