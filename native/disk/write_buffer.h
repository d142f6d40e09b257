// What the host has written and the medium does not have yet, in a drive's DRAM.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "drive_parameters.h"
#include "extents.h"

namespace diecast::disk {

// One per drive. It knows which blocks, not when: whoever sends to it and writes from it keeps the times.
//
// A block is dirty from when it was received until it is taken to be written; then it occupies its room until written.
// If it is received again meanwhile, it is dirty again beside that. During a flush, what was dirty when the flush
// began is kept apart from what came later, so that writing without end does not hold up a flush.
class WriteBuffer {
  public:
    explicit WriteBuffer(const WriteBufferParameters& parameters) : parameters_(parameters) {}

    // How many blocks may be sent now.
    std::int64_t roomBlocks() const noexcept;
    // Time to write even if reads wait: only an eighth of the room is left, or of the runs that can be told apart.
    bool nearlyFull() const noexcept;

    // Room for blocks that are on their way.
    void reserve(std::int64_t blocks) noexcept { reservedBlocks_ += blocks; }
    // They have come. Hit: all of them were dirty; append: they continue a run or touch one; else a miss.
    CacheOutcome receive(Lbn first, Lbn end);
    // Whether all of these blocks can be read from here.
    bool holds(Lbn first, Lbn end) const;
    // Nobody needs them any more.
    void discard(Lbn first, Lbn end);

    // Something waits to be written; during a flush: something it waits for.
    bool dirty() const noexcept { return !dirty_.empty(); }
    // The dirty blocks from here on follow each other.
    Lbn dirtyUntil(Lbn lbn) const { return dirty_.heldUntil(lbn); }
    // What is to be written next when the head has just passed `cursor`: what continues there; else, of the next runs
    // upwards and again from below, the one that `positioningNs(first block)` says is reached first. Only if dirty().
    template <typename PositioningNs>
    Lbn choose(Lbn cursor, PositioningNs&& positioningNs) const {
        auto run = dirty_.from(cursor);
        if (run == dirty_.runs().end()) run = dirty_.runs().begin();
        if (run->first <= cursor && run->second > cursor) return cursor;
        Lbn best = run->first;
        TimeNs bestNs = INT64_MAX;
        const std::size_t among = std::min(dirty_.count(), choices);
        for (std::size_t i = 0; i < among; i++) {
            const TimeNs ns = positioningNs(run->first);
            if (ns < bestNs) {
                best = run->first;
                bestNs = ns;
            }
            if (++run == dirty_.runs().end()) run = dirty_.runs().begin();
        }
        return best;
    }
    // The head begins to write these blocks, dirty or not; one such piece at a time.
    void take(Lbn first, Lbn end);
    // It has written them.
    void written() noexcept;

    bool flushing() const noexcept { return flushing_; }
    // Whether nothing is dirty or being written that was received before the flush, or at all without one.
    bool clean() const noexcept { return dirty_.empty() && !taken_; }
    // Only while no flush goes on.
    void beginFlush() noexcept { flushing_ = true; }
    // Only when clean().
    void endFlush() noexcept;

  private:
    // How many runs the drive weighs by the time it takes to get there. All of them would be better by a few per cent
    // and take as long to work out as all else together.
    static constexpr std::size_t choices = 8;

    std::int64_t usedBlocks() const noexcept {
        return reservedBlocks_ + dirty_.blocks() + later_.blocks() + takenBlocks_;
    }
    std::size_t runs() const noexcept { return dirty_.count() + later_.count(); }

    WriteBufferParameters parameters_;
    Extents dirty_;
    Extents later_;  // during a flush: what came since and was not dirty then
    bool flushing_ = false;
    std::int64_t reservedBlocks_ = 0;
    struct Piece {
        Lbn first;
        Lbn end;
    };
    std::optional<Piece> taken_;
    std::int64_t takenBlocks_ = 0;  // the dirty ones among them
};

}  // namespace diecast::disk
