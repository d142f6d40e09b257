#include "pipe.h"

#include <algorithm>
#include <cmath>

namespace diecast::net {

namespace {

double sendingNs(std::uint64_t bytes, double bandwidthBps) noexcept {
    return static_cast<double>(bytes) * 8e9 / bandwidthBps;
}

}  // namespace

Passage Pipe::enter(VirtualTime now, std::uint64_t frameBytes, bool understandsEcn) {
    constexpr std::uint64_t usualBytes = 1000;
    Passage passage;
    if (!parameters_.up) {
        counters_->droppedDown++;
        return passage;
    }
    if (parameters_.bandwidthBps) {
        const Duration usual(std::llround(sendingNs(usualBytes, *parameters_.bandwidthBps)));
        switch (queue_.admit(parameters_.queue, {now, wireFree_, frameBytes, understandsEcn, usual}, random_)) {
            case Queue::Verdict::Full:
                counters_->droppedQueue++;
                return passage;
            case Queue::Verdict::Early:
                counters_->droppedRed++;
                return passage;
            case Queue::Verdict::JoinMarked:
                counters_->marked++;
                passage.mark = true;
                break;
            case Queue::Verdict::Join:
                break;
        }
    }
    const VirtualTime sent = occupyWire(now, frameBytes);
    counters_->packets++;
    counters_->wireBytes += wireBytes(frameBytes);
    // Lost on the wire, having taken its time there.
    if (loss_.loses(parameters_.loss, lossRandom_)) {
        counters_->droppedLoss++;
        return passage;
    }
    passage.arrival = travel(sent);
    if (random_.chance(parameters_.duplicate)) {
        counters_->duplicated++;
        passage.copyArrival = travel(sent);
    }
    if (random_.chance(parameters_.corrupt)) {
        counters_->corrupted++;
        passage.corruptBit = random_.next();
    }
    return passage;
}

VirtualTime Pipe::occupyWire(VirtualTime now, std::uint64_t frameBytes) {
    if (!parameters_.bandwidthBps) return std::max(now, wireFree_);
    const bool waits = wireFree_ > now;
    const VirtualTime begins = waits ? wireFree_ : now;
    if (waits) queue_.join(begins, frameBytes);
    const double ns = sendingNs(wireBytes(frameBytes), *parameters_.bandwidthBps) + (waits ? wireFreeFraction_ : 0.0);
    const double whole = std::floor(ns);
    wireFreeFraction_ = ns - whole;
    wireFree_ = begins + Duration(static_cast<std::int64_t>(whole));
    return wireFree_;
}

VirtualTime Pipe::travel(VirtualTime sent) {
    if (random_.chance(parameters_.reorder)) {
        counters_->reordered++;
        return sent;
    }
    VirtualTime arrival = sent + std::max(parameters_.latency + jitter(parameters_, random_), Duration::zero());
    if (arrival < lastArrival_) {
        if (parameters_.jitterReorders) {
            counters_->reordered++;
            return arrival;
        }
        arrival = lastArrival_;
    }
    lastArrival_ = arrival;
    return arrival;
}

void Pipe::settle(VirtualTime now) noexcept {
    queue_.settle(now);
    counters_->queuePackets = queue_.packets();
    counters_->queueBytes = queue_.bytes();
}

}  // namespace diecast::net
