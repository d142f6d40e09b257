#include "drive.h"

#include <algorithm>

namespace diecast::disk {

namespace {

using State = Segment::State;

}  // namespace

Drive::Drive(const DriveParameters& parameters)
    : parameters_(parameters),
      geometry_(parameters.layout),
      arm_(parameters.mechanics, parameters.layout.zones.back().lastCylinder + 1),
      cache_(parameters.cache),
      stream_(geometry_, arm_, {parameters.cache.zeroLatencyRead, parameters.cache.beginsAnywhere}),
      writeBack_(geometry_, arm_, parameters.busSectorNs,
                 {parameters.cache.zeroLatencyWrite, parameters.cache.beginsAnywhere}) {}

Completion Drive::carryOut(const Request& request, TimeNs startNs) {
    settle(startNs);
    Completion completion;
    completion.id = request.id;
    completion.arrivalNs = request.arrivalNs;
    completion.startNs = startNs;
    switch (request.kind) {
        case Kind::Read:
            read(request, startNs, completion);
            break;
        case Kind::Write:
            write(request, startNs, completion);
            break;
        case Kind::Flush:
        case Kind::Discard:
            completion.completionNs = startNs + parameters_.overheads.writeHit.after(previous_);
            // The arm is free at that time, but the segment stays as it is until a command looks at it.
            if (request.kind == Kind::Flush && writing_) {
                completion.completionNs = std::max(completion.completionNs, writeBack_.doneNs());
            }
            return completion;
    }
    previous_ = request.kind;
    return completion;
}

void Drive::settle(TimeNs nowNs) {
    if (streaming_) {
        stream_.advance(nowNs);
        cache_.extendTo(streamSegment_, stream_.next(), stream_.reach(nowNs));
        if (!stream_.running()) stopReadAhead(nowNs);
    }
    if (writing_) {
        writeBack_.settle(nowNs, watcher_);
        if (writeBack_.doneNs() <= nowNs) awaitWriteBack(nowNs);
    }
}

TimeNs Drive::awaitWriteBack(TimeNs startNs) {
    if (!writing_) return 0;
    const TimeNs doneNs = writeBack_.doneNs();
    writeBack_.settle(std::max(startNs, doneNs), watcher_);
    writing_ = false;
    position_ = writeBack_.position();
    cache_.settleWritten(writeBack_.segment());
    return doneNs;
}

TimeNs Drive::stopReadAhead(TimeNs nowNs) {
    if (!streaming_) return 0;
    const TimeNs restNs = stream_.stop(nowNs);
    streaming_ = false;
    position_ = stream_.position();
    cache_.extendTo(streamSegment_, stream_.next(), stream_.reach(nowNs));
    cache_[streamSegment_].state = State::Clean;
    return restNs;
}

void Drive::goOnReading(const ReadBus& bus) {
    Segment& segment = cache_[streamSegment_];
    stream_.aheadTo(segment.readAheadLimit, bus);
    streaming_ = stream_.running();
    segment.state = streaming_ ? State::Reading : State::Clean;
    position_ = stream_.position();
}

Lbn Drive::readAheadLimit(const Segment& segment, Lbn first, Lbn behind) const {
    const CacheParameters& cache = parameters_.cache;
    Lbn limit = behind;
    switch (cache.readAhead) {
        case ReadAhead::None:
            break;
        case ReadAhead::UntilSegmentEndOrMax:
            limit = behind + (cache.maxReadAheadSectors > 0 ? cache.maxReadAheadSectors : cache.segmentSectors);
            break;
        case ReadAhead::RestOfTrackPlusNext:
            if (behind < geometry_.capacityBlocks()) {
                const Track track = geometry_.trackOf(behind);
                limit = track.end + (segment.start < track.first ? geometry_.sectorsPerTrackAt(first) : 0);
            }
            break;
    }
    return std::min(std::max(limit, segment.readAheadLimit), geometry_.capacityBlocks());
}

void Drive::read(const Request& request, TimeNs startNs, Completion& completion) {
    const Lbn first = request.lbn;
    const Lbn behind = first + request.blocks;
    const TimeNs decodedNs = startNs + parameters_.overheads.readMiss.after(previous_);
    Readiness ready{startNs + parameters_.overheads.readHit.after(previous_), decodedNs};
    // During a write-back the drive disconnects, and looks into its cache again when the arm is free.
    if (const TimeNs freeNs = awaitWriteBack(startNs); freeNs != 0) {
        ready = {std::max(decodedNs, freeNs), std::max(decodedNs, freeNs)};
    }
    const auto [chosen, outcome] = cache_.chooseForRead(first, behind);
    completion.outcome = outcome;
    const bool fromStream = streaming_ && chosen == streamSegment_ && outcome != CacheOutcome::Miss;
    if (!fromStream) ready.mediaNs += stopReadAhead(startNs);
    cache_.touch(chosen);
    Segment& segment = cache_[chosen];
    if (outcome == CacheOutcome::Miss) {
        segment.start = segment.end = first;
        segment.readAheadLimit = -1;
    }
    segment.lastUseRead = true;
    segment.readAheadLimit = readAheadLimit(segment, first, behind);
    const TimeNs busNs = outcome == CacheOutcome::Miss ? ready.mediaNs : ready.busNs;
    ReadBus bus(first, request.blocks, parameters_.busSectorNs, busNs, parameters_.cache.segmentSectors);
    if (bus.exact() && outcome != CacheOutcome::Miss) {
        for (Lbn lbn = first; lbn < std::min(segment.end, behind); lbn++) bus.available(lbn, busNs);
    }
    if (fromStream) stream_.serve(startNs, bus);
    if (outcome == CacheOutcome::Hit) {
        if (fromStream) goOnReading(bus);
    } else {
        if (fromStream) {
            stream_.readThrough(behind, bus);
        } else {
            streamSegment_ = chosen;
            const bool fresh = segment.start == segment.end;
            const ReadResult result = stream_.begin(position_, ready.mediaNs, segment.end, behind, fresh, bus);
            segment.start = std::min(segment.start, result.readFrom);
            if (watcher_ != nullptr) watcher_->mediaDone(request.id, result.media);
        }
        cache_.extendTo(chosen, behind, behind);
        goOnReading(bus);
    }
    completion.completionNs = bus.doneNs() + parameters_.overheads.readCompletionNs;
}

bool Drive::joins(const Request& request, TimeNs startNs) const {
    const CacheParameters& cache = parameters_.cache;
    if (!writing_ || !cache.combineSequentialWrites || !cache.immediateReporting) return false;
    if (request.fua || request.lbn != writeBack_.end()) return false;
    // Only the next one in line may: behind another that has joined it waits for the medium.
    if (writeBack_.pending(startNs) > 1) return false;
    return cache.segmentSectors > request.lbn - writeBack_.writtenUntil(startNs);
}

void Drive::joinWrite(const Request& request, TimeNs startNs, Completion& completion) {
    const TimeNs decodedNs = startNs + parameters_.overheads.writeHit.after(previous_);
    const Lbn behind = request.lbn + request.blocks;
    const std::int64_t room = parameters_.cache.segmentSectors - (request.lbn - writeBack_.writtenUntil(decodedNs));
    CachedWrite write{request.id, request.lbn, behind, decodedNs, {{request.lbn, decodedNs}}};
    if (request.blocks > room) {
        // What does not fit waits until the writes before it are on the medium.
        const std::int64_t fits = std::max<std::int64_t>(room, 0);
        const TimeNs roomNs = std::max(decodedNs + fits * parameters_.busSectorNs, writeBack_.doneNs());
        write.sendings.push_back({request.lbn + fits, roomNs});
    }
    writeBack_.join(startNs, std::move(write));
    cache_.touch(writeBack_.segment());
    cache_.extendTo(writeBack_.segment(), behind, behind);
    cache_.outdate(writeBack_.segment(), request.lbn, behind);
    completion.outcome = CacheOutcome::Append;
    completion.completionNs = writeBack_.sentNs() + parameters_.overheads.writeCompletionNs;
}

void Drive::write(const Request& request, TimeNs startNs, Completion& completion) {
    if (joins(request, startNs)) return joinWrite(request, startNs, completion);
    const CacheParameters& cache = parameters_.cache;
    const bool reportsAtOnce = cache.immediateReporting && !request.fua;
    const Overhead& overhead =
        cache.immediateReporting ? parameters_.overheads.writeHit : parameters_.overheads.writeMiss;
    const TimeNs decodedNs = startNs + overhead.after(previous_);
    const TimeNs freeNs = awaitWriteBack(startNs);
    const TimeNs busNs = std::max(decodedNs, freeNs);
    const Lbn first = request.lbn;
    const Lbn behind = first + request.blocks;
    const std::size_t chosen = cache_.chooseForWrite(first, behind);
    cache_.touch(chosen);
    cache_.outdate(chosen, first, behind);
    const TimeNs mediaNs = busNs + stopReadAhead(startNs);
    Segment& segment = cache_[chosen];
    segment.state = State::Writing;
    segment.lastUseRead = false;
    segment.readAheadLimit = -1;
    segment.start = segment.end = first;
    cache_.extendTo(chosen, behind, behind);
    Lbn brought = std::min(behind, first + cache.segmentSectors);
    writeBack_.begin(chosen, position_, mediaNs, {request.id, first, brought, decodedNs, {{first, busNs}}});
    // What does not fit in the segment is sent as the medium makes room, in pieces as large as there is room for.
    while (brought < behind) {
        TimeNs roomNs = writeBack_.sentNs();
        std::int64_t room = cache.segmentSectors - (brought - writeBack_.writtenUntil(roomNs));
        if (room <= 0) {
            roomNs = std::max(roomNs, writeBack_.doneNs());
            room = cache.segmentSectors;
        }
        brought = std::min(behind, brought + room);
        writeBack_.bring(brought, roomNs);
    }
    writing_ = true;
    completion.outcome = CacheOutcome::Miss;
    completion.completionNs = writeBack_.sentNs();
    if (!reportsAtOnce) completion.completionNs = std::max(completion.completionNs, writeBack_.doneNs());
    completion.completionNs += parameters_.overheads.writeCompletionNs;
}

TimeNs Drive::positioningNs(const Request& request, TimeNs nowNs) {
    settle(nowNs);
    const bool write = request.kind == Kind::Write;
    if (write ? joins(request, nowNs)
              : cache_.chooseForRead(request.lbn, request.lbn + request.blocks).outcome != CacheOutcome::Miss) {
        return 0;
    }
    const Overheads& overheads = parameters_.overheads;
    TimeNs atNs = nowNs + (write ? overheads.writeHit : overheads.readMiss).after(previous_);
    ArmPosition from = position_;
    if (streaming_) from = stream_.position();
    if (writing_) {
        from = writeBack_.position();
        atNs = std::max(atNs, writeBack_.doneNs());
    }
    const Track track = geometry_.trackOf(request.lbn);
    atNs += arm_.repositionNs(from, track, write);
    const TimeNs waitNs = arm_.waitNs(track, arm_.sectorUnderHead(track, atNs), geometry_.sectorOf(track, request.lbn));
    return atNs + waitNs - nowNs;
}

TrackWrite Drive::writePiece(Lbn first, Lbn end, TimeNs startNs) {
    settle(startNs);
    startNs += stopReadAhead(startNs);
    TrackWrite write = writeTrack(geometry_, arm_, parameters_.cache.beginsAnywhere, position_, startNs, first, end);
    position_ = write.to;
    return write;
}

TimeNs Drive::writePositioningNs(Lbn first, TimeNs nowNs) {
    const ArmPosition from = streaming_ ? stream_.position() : position_;
    return writeTrack(geometry_, arm_, false, from, nowNs, first, first + 1).media.doneNs - nowNs;
}

bool Drive::hits(Lbn first, Lbn behind) const noexcept {
    return cache_.chooseForRead(first, behind).outcome == CacheOutcome::Hit;
}

void Drive::received(Lbn first, Lbn behind) noexcept {
    cache_.outdate(SIZE_MAX, first, behind);
    previous_ = Kind::Write;
}

void Drive::finishMedia() {
    if (writing_) writeBack_.settle(writeBack_.doneNs(), watcher_);
}

}  // namespace diecast::disk
