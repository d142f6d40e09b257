#include "write_buffer.h"

namespace diecast::disk {

std::int64_t WriteBuffer::roomBlocks() const noexcept {
    if (runs() >= static_cast<std::size_t>(parameters_.runs)) return 0;
    return std::max<std::int64_t>(0, parameters_.sectors - usedBlocks());
}

bool WriteBuffer::nearlyFull() const noexcept {
    return usedBlocks() >= parameters_.sectors - parameters_.sectors / 8 ||
           runs() >= static_cast<std::size_t>(parameters_.runs - parameters_.runs / 8);
}

CacheOutcome WriteBuffer::receive(Lbn first, Lbn end) {
    reservedBlocks_ -= end - first;
    const bool joins = dirty_.touches(first, end) || later_.touches(first, end) ||
                       (taken_ && taken_->first <= end && taken_->end >= first);
    std::int64_t added = 0;
    if (!flushing_) {
        added = dirty_.insert(first, end);
    } else {
        // What the flush waits for stays with it, with its new contents.
        for (Lbn lbn = first; lbn < end;) {
            const Lbn held = std::min(end, dirty_.heldUntil(lbn));
            if (held > lbn) {
                lbn = held;
                continue;
            }
            const auto next = dirty_.from(lbn);
            const Lbn gapEnd = next == dirty_.runs().end() ? end : std::min(end, next->first);
            added += later_.insert(lbn, gapEnd);
            lbn = gapEnd;
        }
    }
    if (added == 0) return CacheOutcome::Hit;
    return joins ? CacheOutcome::Append : CacheOutcome::Miss;
}

bool WriteBuffer::holds(Lbn first, Lbn end) const {
    for (Lbn lbn = first; lbn < end;) {
        Lbn held = std::max(dirty_.heldUntil(lbn), later_.heldUntil(lbn));
        if (taken_ && taken_->first <= lbn && lbn < taken_->end) held = std::max(held, taken_->end);
        if (held == lbn) return false;
        lbn = held;
    }
    return true;
}

void WriteBuffer::discard(Lbn first, Lbn end) {
    dirty_.erase(first, end);
    later_.erase(first, end);
}

void WriteBuffer::take(Lbn first, Lbn end) {
    taken_ = Piece{first, end};
    takenBlocks_ = dirty_.erase(first, end) + later_.erase(first, end);
}

void WriteBuffer::written() noexcept {
    taken_.reset();
    takenBlocks_ = 0;
}

void WriteBuffer::endFlush() noexcept {
    flushing_ = false;
    std::swap(dirty_, later_);
}

}  // namespace diecast::disk
