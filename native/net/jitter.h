// How much longer than its latency a packet takes, or shorter. The mean is zero: latency stays the mean.
#pragma once

#include <algorithm>
#include <cmath>

#include "parameters.h"
#include "random.h"

namespace diecast::net {

inline Duration jitter(const Parameters& parameters, Random& random) noexcept {
    if (parameters.jitter == Duration::zero()) return Duration::zero();
    double factor = 0;
    switch (parameters.jitterDistribution) {
        case JitterDistribution::Uniform:
            factor = 2 * random.uniform() - 1;
            break;
        case JitterDistribution::Normal:
            factor = random.normal();
            break;
        case JitterDistribution::Pareto:
            // Shape 3, as in netem's table: mean 3/2, variance 3/4.
            factor = (std::pow(1 - random.uniform(), -1.0 / 3) - 1.5) / std::sqrt(0.75);
            break;
        case JitterDistribution::Exponential:
            factor = random.exponential() - 1;
            break;
    }
    // A tail of 10^5 standard deviations would not fit a duration.
    const double ns = std::clamp(factor, -1e3, 1e3) * static_cast<double>(parameters.jitter.count());
    return Duration(std::llround(ns));
}

}  // namespace diecast::net
