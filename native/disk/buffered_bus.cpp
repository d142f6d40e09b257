// What the controller of a drive with a write buffer does, one command after the other.
#include <algorithm>

#include "buffered_drive.h"

namespace diecast::disk {

namespace {

Completion startedAt(const Request& request, TimeNs nowNs, CacheOutcome outcome) {
    return {request.id, request.arrivalNs, nowNs, 0, outcome};
}

}  // namespace

void BufferedDrive::beginCommand(TimeNs nowNs) {
    const Overheads& overheads = drive_.overheads();
    const auto beginHit = [&] {
        const Request request = hits_.front();
        hits_.pop_front();
        const TimeNs readyNs = nowNs + overheads.readHit.after(drive_.previous());
        command_ = Command{Command::Kind::ReadHit, startedAt(request, nowNs, CacheOutcome::Hit), 0, 0,
                           sentNs(readyNs, request.blocks) + overheads.readCompletionNs};
    };
    // In turn with writes, so that neither waits for the other for long.
    if (!hits_.empty() && hitsTurn_) {
        hitsTurn_ = false;
        return beginHit();
    }
    hitsTurn_ = true;
    if (!flushes_.empty()) {
        const Request request = flushes_.front();
        flushes_.pop_front();
        command_ = Command{Command::Kind::Flush, startedAt(request, nowNs, CacheOutcome::None), 0, 0,
                           nowNs + overheads.writeHit.after(drive_.previous())};
        return;
    }
    if (beginWrite(nowNs)) return;
    if (!hits_.empty()) beginHit();
}

bool BufferedDrive::beginWrite(TimeNs nowNs) {
    const Overheads& overheads = drive_.overheads();
    TimeNs readyNs = nowNs;
    if (!sending_) {
        if (writes_.empty()) return false;
        const Request& request = writes_.front();
        if (request.kind == Kind::Discard) {
            command_ = Command{Command::Kind::Discard, startedAt(request, nowNs, CacheOutcome::None), request.lbn,
                               request.lbn + request.blocks, nowNs + overheads.writeHit.after(drive_.previous())};
            writes_.pop_front();
            return true;
        }
        const bool durable = request.fua || !writesInBackground_;
        if (buffer_.roomBlocks() == 0 || (durable && durables_.size() >= queueDepth_)) return false;
        sending_ = Sending{request, request.lbn, startedAt(request, nowNs, CacheOutcome::Hit), 0};
        writes_.pop_front();
        if (durable) {
            sending_->durable = ++numbered_;
            durables_.emplace(sending_->durable, Durable{});
        }
        readyNs += (durable ? overheads.writeMiss : overheads.writeHit).after(drive_.previous());
    }
    const Lbn end = sending_->request.lbn + sending_->request.blocks;
    const std::int64_t blocks = std::min(end - sending_->next, buffer_.roomBlocks());
    if (blocks == 0) return false;
    buffer_.reserve(blocks);
    const bool last = sending_->next + blocks == end;
    command_ = Command{Command::Kind::Chunk,
                       {},
                       sending_->next,
                       sending_->next + blocks,
                       sentNs(readyNs, blocks) + (last ? overheads.writeCompletionNs : 0)};
    return true;
}

TimeNs BufferedDrive::sentNs(TimeNs readyNs, std::int64_t blocks) const noexcept {
    const TimeNs tookNs = blocks * busSectorNs_;
    if (!reading_ || readyNs + tookNs <= readBusFromNs_) return readyNs + tookNs;
    return std::max(readyNs, reading_->completionNs) + tookNs;
}

void BufferedDrive::endCommand() {
    const Command command = *command_;
    command_.reset();
    switch (command.kind) {
        case Command::Kind::ReadHit:
            quietFromNs_ = command.endNs + idleAfterReadNs_;
            complete(command.completion, command.endNs);
            break;
        case Command::Kind::Chunk:
            endChunk(command);
            break;
        case Command::Kind::Flush:
            if (!writesInBackground_) {
                // What is in the buffer is not acknowledged yet.
                complete(command.completion, command.endNs);
            } else if (buffer_.flushing()) {
                flushedLater_.push_back(command.completion);
            } else if (buffer_.clean()) {
                complete(command.completion, command.endNs);
            } else {
                buffer_.beginFlush();
                flushed_.push_back(command.completion);
            }
            break;
        case Command::Kind::Discard:
            buffer_.discard(command.first, command.end);
            complete(command.completion, command.endNs);
            // It may have been all that a flush still waited for.
            endFlushes(command.endNs);
            break;
    }
}

void BufferedDrive::endChunk(const Command& command) {
    Sending& sending = *sending_;
    const CacheOutcome outcome = buffer_.receive(command.first, command.end);
    drive_.received(command.first, command.end);
    // Of the first chunk, unless there was nothing new in it: those behind it always continue one.
    if (sending.completion.outcome == CacheOutcome::Hit) sending.completion.outcome = outcome;
    sending.next = command.end;
    const bool sent = sending.next == sending.request.lbn + sending.request.blocks;
    if (sending.durable != 0) {
        Durable& durable = durables_.at(sending.durable);
        durable.completion = sending.completion;
        durable.chunks++;
        durable.sent = sent;
        foreground_.add(
            {sending.durable, command.endNs, command.first, command.end - command.first, Kind::Write, true});
    } else if (sent) {
        complete(sending.completion, command.endNs);
    }
    if (sent) sending_.reset();
}

void BufferedDrive::endFlushes(TimeNs nowNs) {
    while (buffer_.flushing() && buffer_.clean()) {
        buffer_.endFlush();
        for (const Completion& completion : flushed_) complete(completion, nowNs);
        flushed_.clear();
        flushed_.swap(flushedLater_);
        if (!flushed_.empty()) buffer_.beginFlush();
    }
}

}  // namespace diecast::disk
