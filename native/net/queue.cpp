#include "queue.h"

#include <algorithm>
#include <cmath>

namespace diecast::net {

Queue::Verdict Queue::admit(const QueueLimits& limits, const Arrival& arrival, Random& random) {
    settle(arrival.now);
    bool mark = false;
    if (limits.red) {
        const Early early = decideEarly(limits, *limits.red, arrival, random);
        // RFC 3168, 7: above the upper threshold packets are dropped, whatever they understand.
        mark = early == Early::Congested && limits.ecn && arrival.understandsEcn;
        if (early != Early::No && !mark) return Verdict::Early;
    }
    const bool waits = arrival.wireFree > arrival.now;
    if (waits && (packets() + 1 > limits.packets || bytes_ + arrival.bytes > limits.bytes)) return Verdict::Full;
    return mark ? Verdict::JoinMarked : Verdict::Join;
}

void Queue::join(VirtualTime begins, std::uint64_t bytes) {
    waiting_.push_back({begins, bytes});
    bytes_ += bytes;
}

void Queue::settle(VirtualTime now) noexcept {
    while (!waiting_.empty() && waiting_.front().begins <= now) {
        bytes_ -= waiting_.front().bytes;
        waiting_.pop_front();
    }
}

// Floyd and Jacobson 1993, figures 2 and 17.
Queue::Early Queue::decideEarly(const QueueLimits& limits, const Red& red, const Arrival& arrival, Random& random) {
    const double length = static_cast<double>(limits.bytes != QueueLimits::none ? bytes_ : packets());
    if (arrival.wireFree > arrival.now) {
        average_ += red.weight * (length - average_);
    } else if (arrival.usualSending > Duration::zero()) {
        const Duration idle = arrival.now - arrival.wireFree;
        const double missed = static_cast<double>(idle.count()) / static_cast<double>(arrival.usualSending.count());
        average_ *= std::pow(1 - red.weight, std::max(missed, 0.0));
    }
    if (average_ < red.least) {
        sinceLast_ = -1;
        return Early::No;
    }
    if (average_ >= red.most) {
        sinceLast_ = 0;
        return Early::Overfull;
    }
    sinceLast_ += 1;
    const double base = red.probability * (average_ - red.least) / (red.most - red.least);
    const double rest = 1 - sinceLast_ * base;
    if (!random.chance(rest > 0 ? base / rest : 1)) return Early::No;
    sinceLast_ = 0;
    return Early::Congested;
}

}  // namespace diecast::net
