#include "buffered_drive.h"

#include <algorithm>

#include "checks.h"

namespace diecast::disk {

BufferedDrive::BufferedDrive(const DriveParameters& parameters)
    : drive_(parameters),
      buffer_(parameters.writeBuffer.value()),
      queueDepth_(parameters.queueDepth),
      busSectorNs_(parameters.busSectorNs),
      idleAfterReadNs_(parameters.writeBuffer->idleAfterReadNs),
      writesInBackground_(parameters.cache.immediateReporting),
      foreground_(parameters.scheduler, parameters.queueDepth) {}

void BufferedDrive::submit(const Request& request) {
    checkRequest(request, capacityBlocks(), latestNs_);
    run(request.arrivalNs);
    const Lbn behind = request.lbn + request.blocks;
    switch (request.kind) {
        case Kind::Read:
            // While pieces are written the drive's cache is at rest, and what is in it can be sent.
            if (buffer_.holds(request.lbn, behind) || (run_ && drive_.hits(request.lbn, behind))) {
                hits_.push_back(request);
            } else {
                foreground_.add(request);
                readsWaiting_++;
            }
            break;
        case Kind::Flush:
            flushes_.push_back(request);
            break;
        case Kind::Write:
        case Kind::Discard:
            writes_.push_back(request);
            break;
    }
    begin(request.arrivalNs);
}

std::optional<TimeNs> BufferedDrive::nextEventNs() const noexcept {
    return done_.empty() ? nextStepNs() : std::optional(done_.front().completionNs);
}

void BufferedDrive::advance(TimeNs nowNs, std::vector<Completion>& completions) {
    run(nowNs);
    completions.insert(completions.end(), done_.begin(), done_.end());
    done_.clear();
}

void BufferedDrive::watchMedia(MediaWatcher* watcher) {
    watcher_ = watcher;
    drive_.watchMedia(watcher);
}

std::optional<TimeNs> BufferedDrive::nextStepNs() const noexcept {
    TimeNs ns = INT64_MAX;
    if (command_) ns = command_->endNs;
    if (reading_) ns = std::min(ns, reading_->completionNs);
    if (run_) ns = std::min(ns, run_->pieceDoneNs);
    // What could be written at once has begun; what is left waits for the quiet.
    if (mediumFree() && foreground_.empty() && backgroundWanted()) ns = std::min(ns, quietFromNs_);
    return ns == INT64_MAX ? std::nullopt : std::optional(ns);
}

void BufferedDrive::run(TimeNs nowNs) {
    for (auto next = nextStepNs(); next && *next <= nowNs; next = nextStepNs()) {
        const TimeNs atNs = *next;
        if (command_ && command_->endNs == atNs) endCommand();
        if ((reading_ && reading_->completionNs == atNs) || (run_ && run_->pieceDoneNs == atNs)) endMedia(atNs);
        begin(atNs);
    }
    latestNs_ = std::max(latestNs_, nowNs);
}

void BufferedDrive::begin(TimeNs nowNs) {
    // A read that waits for the medium also needs the controller: it goes before those that need the controller alone.
    if (mediumFree()) beginMedia(nowNs);
    if (!command_) beginCommand(nowNs);
    // That may have taken the last room there was.
    if (mediumFree()) beginMedia(nowNs);
}

void BufferedDrive::complete(Completion completion, TimeNs nowNs) {
    completion.completionNs = nowNs;
    done_.push_back(completion);
}

}  // namespace diecast::disk
