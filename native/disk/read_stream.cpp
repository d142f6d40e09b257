#include "read_stream.h"

#include <algorithm>
#include <cmath>

namespace diecast::disk {

ReadResult ReadStream::begin(ArmPosition from, TimeNs startNs, Lbn first, Lbn end, bool freshSegment, ReadBus& bus) {
    track_ = geometry_->trackOf(first);
    next_ = first;
    ReadResult result;
    result.media.seekCylinders = std::abs(from.cylinder - track_.cylinder);
    result.media.seekNs = arm_->repositionNs(from, track_, false);
    const TimeNs onTrackNs = startNs + result.media.seekNs;
    land(onTrackNs, end);
    const bool passesFront = landedInside_ && freshSegment;
    result.readFrom = passesFront ? track_.first : first;
    step_ = Step::Pass;
    result.media.latencyNs = (takenFrom_ == nowhere ? startOf(first) : landedNs_) - onTrackNs;
    result.media.doneNs = readThrough(end, bus);
    result.media.transferNs = result.media.doneNs - onTrackNs - result.media.latencyNs;
    return result;
}

TimeNs ReadStream::readThrough(Lbn end, ReadBus& bus) {
    TimeNs atNs = 0;
    while (next_ < end) {
        if (step_ == Step::TrackEnd) reposition(stepEndNs_);
        if (step_ == Step::Reposition) land(stepEndNs_, end);
        step_ = Step::Pass;
        const Lbn behind = runEnd(end);
        if (bus.exact()) {
            awaitRoom(bus, end);
            bus.available(next_, endOf(next_));
            next_++;
        } else {
            bus.available(next_, endOf(next_));
            if (behind - 1 > next_) bus.available(behind - 1, endOf(behind - 1));
            next_ = behind;
        }
        atNs = endOf(next_ - 1);
        if (next_ == behind) {
            if (next_ == takenFrom_) {
                // Those were read before; now they can be sent.
                bus.available(takenFrom_, atNs);
                if (bus.exact()) {
                    for (Lbn lbn = takenFrom_ + 1; lbn < takenEnd_; lbn++) bus.available(lbn, atNs);
                }
            }
            endRun(atNs);
        }
    }
    return atNs;
}

void ReadStream::serve(TimeNs nowNs, const ReadBus& bus) {
    if (takenFrom_ != nowhere) {
        if (takenNs_ >= nowNs) {
            takenFrom_ = nowhere;
        } else {
            takenEnd_ = std::max(reach(nowNs), std::min(takenEnd_, bus.roomUntil()));
        }
    }
    if (step_ != Step::Pass) return;
    const double early = static_cast<double>(startOf(next_) - nowNs) / arm_->revolutionNs();
    if (early >= 1) passNs_ -= std::floor(early) * arm_->revolutionNs();
}

void ReadStream::advance(TimeNs nowNs) {
    while (running_) {
        if (step_ == Step::TrackEnd) reposition(stepEndNs_);
        if (step_ != Step::Pass) {
            if (stepEndNs_ > nowNs) return;
            if (step_ == Step::Reposition) {
                land(stepEndNs_, limit_);
                step_ = Step::Wait;
                stepEndNs_ = landedNs_;
            } else {
                step_ = Step::Pass;
            }
            continue;
        }
        const Lbn behind = runEnd(limit_);
        if (behind > bus_.roomUntil() && startOf(next_) < bus_.doneNs()) {
            awaitRoom(bus_, limit_);
            if (endOf(next_) > nowNs) return;
            next_++;
        } else if (endOf(behind - 1) <= nowNs) {
            next_ = behind;
        } else {
            const double ns = static_cast<double>(nowNs - startOf(next_));
            const auto passed = static_cast<Lbn>(ns / arm_->sectorNs(track_)) + 1;
            Lbn to = std::clamp(next_ + passed, next_, behind);
            while (to > next_ && endOf(to - 1) > nowNs) to--;
            next_ = to;
            return;
        }
        if (next_ == behind) endRun(endOf(next_ - 1));
        running_ = next_ < limit_;
    }
}

TimeNs ReadStream::stop(TimeNs nowNs) {
    advance(nowNs);
    if (!running_) return 0;
    running_ = false;
    if (step_ != Step::Pass) return stepEndNs_ - nowNs;
    const double sectors = (static_cast<double>(nowNs) - passNs_) / arm_->sectorNs(track_);
    return std::llround((std::ceil(sectors) - sectors) * arm_->sectorNs(track_));
}

void ReadStream::land(TimeNs atNs, Lbn wantedEnd) {
    takenFrom_ = nowhere;
    landedInside_ = false;
    const double underHead = arm_->sectorUnderHead(track_, atNs);
    const std::int32_t wanted = geometry_->sectorOf(track_, next_);
    const auto blocks = static_cast<std::int32_t>(track_.end - track_.first);
    const std::int32_t lastSector = std::min(wanted + blocks, track_.sectors) - 1;
    if (options_.beginsAnywhere && underHead > wanted && underHead < lastSector) {
        const auto sector = static_cast<std::int32_t>(std::ceil(underHead));
        const Lbn lbn = blockAtSector(sector);
        landedInside_ = true;
        landedNs_ = atNs + std::llround((sector - underHead) * arm_->sectorNs(track_));
        if (lbn > next_ && lbn < std::min(wantedEnd, track_.end)) {
            takenFrom_ = lbn;
            takenEnd_ = std::min(wantedEnd, track_.end);
            takenNs_ = landedNs_;
        }
    }
    const TimeNs waitNs = arm_->waitNs(track_, underHead, wanted);
    passNs_ = static_cast<double>(atNs + waitNs);
    passSector_ = wanted;
    if (!landedInside_) landedNs_ = atNs + waitNs;
}

void ReadStream::reposition(TimeNs atNs) {
    const ArmPosition from = position();
    track_ = geometry_->trackOf(next_);
    step_ = Step::Reposition;
    stepEndNs_ = atNs + arm_->repositionNs(from, track_, false);
}

void ReadStream::endRun(TimeNs atNs) {
    if (next_ == takenFrom_) {
        next_ = takenEnd_;
        takenFrom_ = nowhere;
        if (next_ < track_.end) restartAt(atNs, next_);
    }
    if (next_ < track_.end) return;
    step_ = Step::TrackEnd;
    stepEndNs_ = atNs;
}

void ReadStream::restartAt(TimeNs atNs, Lbn lbn) noexcept {
    passSector_ = geometry_->sectorOf(track_, lbn);
    passNs_ = static_cast<double>(atNs + arm_->waitNs(track_, arm_->sectorUnderHead(track_, atNs), passSector_));
}

TimeNs ReadStream::startOf(Lbn lbn) const noexcept {
    return std::llround(passNs_ + (geometry_->sectorOf(track_, lbn) - passSector_) * arm_->sectorNs(track_));
}

TimeNs ReadStream::endOf(Lbn lbn) const noexcept {
    return std::llround(passNs_ + (geometry_->sectorOf(track_, lbn) + 1 - passSector_) * arm_->sectorNs(track_));
}

void ReadStream::awaitRoom(const ReadBus& bus, Lbn wantedEnd) {
    const TimeNs late = bus.roomNs(next_) - startOf(next_);
    if (late <= 0) return;
    if (options_.zeroLatency && takenFrom_ == nowhere) {
        const Lbn behind = std::min(wantedEnd, track_.end);
        Lbn lbn = next_ + 1;
        while (lbn < behind && bus.roomNs(lbn) > startOf(lbn)) lbn++;
        if (lbn < behind) {
            takenFrom_ = lbn;
            takenEnd_ = behind;
            takenNs_ = startOf(lbn);
        }
    }
    passNs_ += std::ceil(static_cast<double>(late) / arm_->revolutionNs()) * arm_->revolutionNs();
}

Lbn ReadStream::reach(TimeNs nowNs) const noexcept {
    if (takenFrom_ == nowhere || nowNs <= takenNs_) return next_;
    const auto passed = static_cast<Lbn>(static_cast<double>(nowNs - takenNs_) / arm_->sectorNs(track_));
    return std::min(takenEnd_, takenFrom_ + passed);
}

Lbn ReadStream::runEnd(Lbn target) const noexcept {
    const Lbn end = std::min(target, track_.end);
    return next_ < takenFrom_ ? std::min(end, takenFrom_) : end;
}

Lbn ReadStream::blockAtSector(std::int32_t sector) const noexcept {
    Lbn lbn = track_.first + (sector - track_.firstSector);
    if (track_.unbroken) return lbn;
    lbn = std::clamp(lbn, track_.first, track_.end - 1);
    while (lbn > track_.first && geometry_->sectorOf(track_, lbn - 1) >= sector) lbn--;
    return lbn;
}

}  // namespace diecast::disk
