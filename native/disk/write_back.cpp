#include "write_back.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace diecast::disk {

namespace {

constexpr TimeNs never = std::numeric_limits<TimeNs>::max();

}  // namespace

struct WriteBack::Head {
    Track track;
    Lbn next = 0;         // all before it are written
    TimeNs atNs = 0;      // the head is on the track; later: the last sector it wrote has passed
    TimeNs firstNs = -1;  // the first sector written begins
    double underHead = 0;
    TimeNs passNs = 0;  // sector passSector begins
    std::int32_t passSector = 0;
    double sectorNs = 0;

    double startNs(std::int32_t sector) const noexcept {
        return static_cast<double>(passNs) + (sector - passSector) * sectorNs;
    }
    void wrote(double startedNs) noexcept {
        if (firstNs < 0) firstNs = std::llround(startedNs);
    }
};

void WriteBack::begin(std::size_t segment, ArmPosition from, TimeNs startNs, CachedWrite write) {
    segment_ = segment;
    works_.clear();
    works_.push_back({std::move(write), from, startNs, {}, 0, {}, false});
    plan(0);
}

void WriteBack::join(TimeNs nowNs, CachedWrite write) {
    std::size_t current = 0;
    while (current + 1 < works_.size() && works_[current].doneNs <= nowNs) current++;
    works_.push_back({std::move(write), {}, 0, {}, 0, {}, false});
    works_.erase(works_.begin(), works_.begin() + static_cast<std::ptrdiff_t>(current));
    planFrom(0);
}

void WriteBack::bring(Lbn end, TimeNs startNs) {
    CachedWrite& write = works_.back().write;
    write.sendings.push_back({write.end, startNs});
    write.end = end;
    planFrom(works_.size() - 1);
}

void WriteBack::planFrom(std::size_t index) {
    plan(index);
    for (std::size_t i = index + 1; i < works_.size(); i++) {
        works_[i].from = works_[i - 1].to;
        works_[i].startNs = std::max(works_[i - 1].doneNs, works_[i].write.readyNs);
        plan(i);
    }
}

TimeNs WriteBack::sentNs(std::size_t index, Lbn lbn) const noexcept {
    while (index < works_.size() && lbn >= works_[index].write.end) index++;
    if (index == works_.size()) return never;
    const CachedWrite& write = works_[index].write;
    std::size_t i = write.sendings.size() - 1;
    while (i > 0 && write.sendings[i].from > lbn) i--;
    return write.sendings[i].startNs + (lbn - write.sendings[i].from + 1) * busSectorNs_;
}

void WriteBack::plan(std::size_t index) {
    Work& work = works_[index];
    if (index == 0) progress_.clear();
    Head head;
    head.next = work.write.first;
    head.track = geometry_->trackOf(head.next);
    MediaAccess& media = work.media;
    media.seekCylinders = std::abs(work.from.cylinder - head.track.cylinder);
    media.seekNs = arm_->repositionNs(work.from, head.track, true);
    head.atNs = work.startNs + media.seekNs;
    const TimeNs onTrackNs = head.atNs;
    for (bool done = false; !done;) {
        head.sectorNs = arm_->sectorNs(head.track);
        head.underHead = arm_->sectorUnderHead(head.track, head.atNs);
        head.passSector = geometry_->sectorOf(head.track, head.next);
        head.passNs = head.atNs + arm_->waitNs(head.track, head.underHead, head.passSector);
        const auto blocks = static_cast<std::int32_t>(head.track.end - head.track.first);
        const std::int32_t last = std::min(head.passSector + blocks, head.track.sectors) - 1;
        const bool inside = head.underHead > head.passSector && head.underHead < last;
        if (options_.beginsAnywhere && inside) {
            const auto sector = static_cast<std::int32_t>(std::ceil(head.underHead));
            done = passAsItComes(head, index, sector);
        } else {
            done = passInOrder(head, index);
        }
        if (done) break;
        const ArmPosition from{head.track.cylinder, head.track.surface};
        head.track = geometry_->trackOf(head.next);
        head.atNs += arm_->repositionNs(from, head.track, true);
    }
    work.doneNs = head.atNs;
    work.to = {head.track.cylinder, head.track.surface};
    media.latencyNs = head.firstNs - onTrackNs;
    media.transferNs = work.doneNs - head.firstNs;
    media.doneNs = work.doneNs;
}

bool WriteBack::passInOrder(Head& head, std::size_t index) {
    const Lbn ownEnd = works_[index].write.end;
    const Lbn behind = std::min(head.track.end, ownEnd);
    if (sentNs(index, behind - 1) <= head.passNs) {
        // All that it wants of this track is there.
        head.wrote(static_cast<double>(head.passNs));
        if (index == 0) progress_.push_back({head.passNs, head.next});
        head.next = behind;
        head.atNs = std::llround(head.startNs(geometry_->sectorOf(head.track, behind - 1) + 1));
        if (index == 0) progress_.push_back({head.atNs, head.next});
    }
    for (;;) {
        if (head.next >= head.track.end) return head.next >= ownEnd && sentNs(index, head.next) > head.atNs;
        const TimeNs sent = sentNs(index, head.next);
        if (head.next >= ownEnd && sent > head.atNs) return true;
        const std::int32_t sector = geometry_->sectorOf(head.track, head.next);
        const double startNs = head.startNs(sector);
        if (static_cast<double>(sent) > startNs) {
            if (options_.zeroLatency) return passAsItComes(head, index, sector);
            // The head comes too early: the sector passes unwritten until it is there.
            const double late = static_cast<double>(sent) - startNs;
            head.passNs += std::llround(std::ceil(late / arm_->revolutionNs()) * arm_->revolutionNs());
        }
        head.wrote(head.startNs(sector));
        if (index == 0) progress_.push_back({std::llround(head.startNs(sector)), head.next});
        head.atNs = std::llround(head.startNs(sector + 1));
        head.next++;
        if (index == 0) progress_.push_back({head.atNs, head.next});
    }
}

// Sector by sector, as long as the head is over the track: what is there and wanted is written as it passes. One
// stretch of sectors ahead of their turn is remembered; sectors behind a gap replace it.
bool WriteBack::passAsItComes(Head& head, std::size_t index, std::int32_t startSector) {
    const Track& track = head.track;
    const Lbn ownEnd = works_[index].write.end;
    const std::int32_t lastSector = geometry_->sectorOf(track, track.end - 1);
    double turnNs = head.startNs(startSector) < static_cast<double>(head.atNs) - 2 ? arm_->revolutionNs() : 0;
    if (head.startNs(startSector) + turnNs - arm_->revolutionNs() >= static_cast<double>(head.atNs) - 2) {
        turnNs -= arm_->revolutionNs();
    }
    Lbn lbn = track.first;
    while (lbn + 1 < track.end && geometry_->sectorOf(track, lbn) < startSector) lbn++;
    if (startSector > lastSector) {
        lbn = track.first;
        turnNs += arm_->revolutionNs();
    }
    Lbn aheadFrom = INT64_MAX;
    Lbn aheadEnd = INT64_MAX;
    for (;;) {
        const std::int32_t sector = geometry_->sectorOf(track, lbn);
        const double startNs = head.startNs(sector) + turnNs;
        const double endNs = startNs + head.sectorNs;
        if (lbn >= head.next && static_cast<double>(sentNs(index, lbn)) <= startNs + 0.5) {
            if (lbn == head.next) {
                head.wrote(startNs);
                head.next++;
                if (head.next == aheadFrom) {
                    head.next = aheadEnd;
                    aheadFrom = aheadEnd = INT64_MAX;
                }
            } else if (aheadFrom == INT64_MAX || lbn > aheadEnd) {
                head.wrote(startNs);
                aheadFrom = lbn;
                aheadEnd = lbn + 1;
            } else if (lbn == aheadEnd) {
                aheadEnd++;
            }
            const TimeNs atNs = std::llround(endNs);
            if (index == 0) progress_.push_back({atNs, head.next});
            if (head.next >= ownEnd && sentNs(index, head.next) > atNs) {
                head.atNs = atNs;
                return true;
            }
            if (head.next >= track.end) {
                head.atNs = atNs;
                return false;
            }
        }
        if (++lbn == track.end) {
            lbn = track.first;
            turnNs += arm_->revolutionNs();
        }
    }
}

Lbn WriteBack::writtenUntil(TimeNs nowNs) const {
    const auto behind = std::upper_bound(progress_.begin(), progress_.end(), nowNs,
                                         [](TimeNs atNs, const Progress& entry) { return atNs < entry.atNs; });
    if (behind == progress_.begin()) return works_.front().write.first;
    const Progress& before = *std::prev(behind);
    if (behind == progress_.end()) return before.next;
    const double part = static_cast<double>(nowNs - before.atNs) / static_cast<double>(behind->atNs - before.atNs);
    return before.next + static_cast<Lbn>(part * static_cast<double>(behind->next - before.next));
}

std::size_t WriteBack::pending(TimeNs nowNs) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(works_.begin(), works_.end(), [&](const Work& work) { return work.doneNs > nowNs; }));
}

void WriteBack::settle(TimeNs nowNs, MediaWatcher* watcher) {
    for (Work& work : works_) {
        if (work.doneNs > nowNs) return;
        if (watcher != nullptr && !work.told) watcher->mediaDone(work.write.id, work.media);
        work.told = true;
    }
}

}  // namespace diecast::disk
