#include "cache.h"

#include <algorithm>

namespace diecast::disk {

namespace {

using State = Segment::State;

}  // namespace

Cache::Cache(const CacheParameters& parameters) : parameters_(parameters) {
    const auto segments = static_cast<std::size_t>(parameters.segments);
    segments_.resize(segments);
    for (std::size_t i = 0; i < segments; i++) byUse_.push_back(i);
}

Cache::Choice Cache::chooseForRead(Lbn first, Lbn behind) const noexcept {
    Choice best{byUse_.front(), CacheOutcome::Miss};
    int bestValue = 0;
    for (const std::size_t i : byUse_) {
        if (dedicated(i)) continue;
        const Segment& segment = segments_[i];
        int value = 0;
        CacheOutcome outcome = CacheOutcome::Miss;
        if (parameters_.enabled && segment.holds(first) && (segment.lastUseRead || parameters_.readHitsOnWriteData)) {
            outcome = segment.end >= behind ? CacheOutcome::Hit : CacheOutcome::Partial;
            value = (segment.state == State::Reading ? 9 : 8) - (outcome == CacheOutcome::Hit ? 0 : 4);
        } else {
            value = segment.state == State::Empty ? 3 : segment.state == State::Clean ? 2 : 1;
        }
        if (value <= bestValue) continue;
        best = {i, outcome};
        bestValue = value;
    }
    return best;
}

std::size_t Cache::chooseForWrite(Lbn first, Lbn behind) const noexcept {
    if (parameters_.dedicatedWriteSegment) return 0;
    std::size_t best = byUse_.front();
    int bestValue = 0;
    for (const std::size_t i : byUse_) {
        const Segment& segment = segments_[i];
        const int value = segment.state == State::Empty                                      ? 3
                          : segment.state == State::Clean && segment.overlaps(first, behind) ? 4
                          : segment.state == State::Clean                                    ? 2
                                                                                             : 1;
        if (value <= bestValue) continue;
        best = i;
        bestValue = value;
    }
    return best;
}

void Cache::touch(std::size_t segment) {
    const auto at = std::find(byUse_.begin(), byUse_.end(), segment);
    std::rotate(at, at + 1, byUse_.end());
}

void Cache::outdate(std::size_t segment, Lbn first, Lbn behind) noexcept {
    for (std::size_t i = 0; i < segments_.size(); i++) {
        Segment& other = segments_[i];
        if (i != segment && other.state == State::Clean && other.overlaps(first, behind)) other.state = State::Empty;
    }
}

void Cache::extendTo(std::size_t segment, Lbn end, Lbn reach) noexcept {
    Segment& extended = segments_[segment];
    extended.end = std::max(extended.end, end);
    extended.start = std::max(extended.start, std::max(extended.end, reach) - parameters_.segmentSectors);
}

void Cache::settleWritten(std::size_t segment) noexcept {
    const bool keeps = parameters_.enabled && parameters_.readHitsOnWriteData;
    segments_[segment].state = keeps ? State::Clean : State::Empty;
}

}  // namespace diecast::disk
