// What the arm of a drive with a write buffer does next.
#include <algorithm>

#include "buffered_drive.h"

namespace diecast::disk {

void BufferedDrive::beginMedia(TimeNs nowNs) {
    const bool background = backgroundWanted();
    const bool inTurn = background && pressed();
    if (!foreground_.empty() && !(inTurn && backgroundTurn_)) return beginForeground(nowNs);
    if (!background || (!inTurn && nowNs < quietFromNs_)) return;
    const auto positioningNs = [&](Lbn first) { return drive_.writePositioningNs(first, nowNs); };
    const Lbn first = buffer_.choose(cursor_, positioningNs);
    run_ = Run{first, buffer_.dirtyUntil(first), 0, 0, {}};
    beginPiece(nowNs);
}

void BufferedDrive::beginForeground(TimeNs nowNs) {
    // The arm waits for the controller, which is about to be free: a read needs both, and may be the next in order.
    if (command_ && readsWaiting_ > 0) return;
    const Request next = foreground_.take([&](const Request& request) {
        return request.kind == Kind::Read ? drive_.positioningNs(request, nowNs)
                                          : drive_.writePositioningNs(request.lbn, nowNs);
    });
    if (next.kind == Kind::Read) {
        readsWaiting_--;
        reading_ = drive_.carryOut(next, nowNs);
        readBusFromNs_ = reading_->completionNs - next.blocks * busSectorNs_;
    } else {
        run_ = Run{next.lbn, next.lbn + next.blocks, next.id, 0, {}};
        beginPiece(nowNs);
    }
}

void BufferedDrive::beginPiece(TimeNs nowNs) {
    const TrackWrite piece = drive_.writePiece(run_->next, run_->end, nowNs);
    buffer_.take(run_->next, piece.end);
    if (watcher_ != nullptr) watcher_->bufferWritten(run_->next, piece.end, nowNs, piece.media.doneNs);
    run_->next = piece.end;
    run_->pieceDoneNs = piece.media.doneNs;
    run_->media = piece.media;
}

void BufferedDrive::endMedia(TimeNs nowNs) {
    if (reading_) {
        complete(*reading_, nowNs);
        reading_.reset();
        quietFromNs_ = nowNs + idleAfterReadNs_;
        backgroundTurn_ = true;
        return;
    }
    buffer_.written();
    // The next piece may follow at once: a flush that is done now must not wait for that.
    endFlushes(nowNs);
    cursor_ = run_->next;
    const Run ended = *run_;
    if (ended.durable == 0) {
        // One piece at a time: what waits may be more urgent now, and more may have come behind it.
        run_.reset();
        backgroundTurn_ = false;
    } else if (ended.next < ended.end) {
        beginPiece(nowNs);
    } else {
        run_.reset();
        backgroundTurn_ = true;
        const auto durable = durables_.find(ended.durable);
        if (--durable->second.chunks == 0 && durable->second.sent) {
            if (watcher_ != nullptr) watcher_->mediaDone(durable->second.completion.id, ended.media);
            complete(durable->second.completion, nowNs);
            durables_.erase(durable);
        }
    }
}

}  // namespace diecast::disk
