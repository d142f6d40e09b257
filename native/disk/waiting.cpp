#include "waiting.h"

namespace diecast::disk {

void Waiting::add(const Request& request) {
    const std::uint64_t number = numbered_++;
    byArrival_.emplace_hint(byArrival_.end(), number, request);
    if (request.kind == Kind::Flush) {
        flushes_.insert(number);
    } else if (sortsByLbn()) {
        byLbn_.emplace(request.lbn, number);
    }
}

std::uint64_t Waiting::choose() const {
    if (!flushes_.empty()) return *flushes_.begin();
    if (!sortsByLbn()) return byArrival_.begin()->first;
    const auto above = byLbn_.lower_bound({last_, 0});
    if (scheduler_ == Scheduler::CLook) return (above == byLbn_.end() ? byLbn_.begin() : above)->second;
    if (above == byLbn_.begin()) return above->second;
    // The first of those with the nearest smaller number.
    const auto below = byLbn_.lower_bound({std::prev(above)->first, 0});
    if (above == byLbn_.end()) return below->second;
    const Lbn up = above->first - last_;
    const Lbn down = last_ - below->first;
    if (up == down) return std::min(above->second, below->second);
    return up < down ? above->second : below->second;
}

std::uint64_t Waiting::nearestInTime(const std::function<TimeNs(const Request&)>& positioningNs) const {
    std::uint64_t best = byArrival_.begin()->first;
    TimeNs bestNs = INT64_MAX;
    unsigned seen = 0;
    for (const auto& [number, request] : byArrival_) {
        if (seen++ == window_) break;
        const TimeNs ns = positioningNs(request);
        if (ns >= bestNs) continue;
        best = number;
        bestNs = ns;
    }
    return best;
}

Request Waiting::remove(std::uint64_t number) {
    const auto at = byArrival_.find(number);
    const Request request = at->second;
    byArrival_.erase(at);
    if (request.kind == Kind::Flush) {
        flushes_.erase(number);
        return request;
    }
    if (sortsByLbn()) byLbn_.erase({request.lbn, number});
    last_ = request.lbn;
    return request;
}

}  // namespace diecast::disk
