// Writing what the host has sent from the cache to the medium.
#pragma once

#include <cstdint>
#include <vector>

#include "arm.h"
#include "geometry.h"

namespace diecast::disk {

// A write in the cache: its blocks, and when the host has sent which.
struct CachedWrite {
    std::uint64_t id = 0;
    Lbn first = 0;
    Lbn end = 0;
    TimeNs readyNs = 0;  // the command is decoded: the arm may move
    // From the block `from` on, one each sector time, beginning at `startNs`; ascending.
    struct Sending {
        Lbn from;
        TimeNs startNs;
    };
    std::vector<Sending> sendings;
};

// One dirty segment and the writes that joined it, in order. What a write brings while the head is writing is written
// in the same run; then the head goes back and writes it as a command of its own (so do DiskSim's drives).
class WriteBack {
  public:
    struct Options {
        // A sector that has to be passed over, since the host has not sent it yet, does not hold up those behind it.
        bool zeroLatency;
        // The head begins with the first wanted sector that passes.
        bool beginsAnywhere;
    };
    WriteBack(const Geometry& geometry, const Arm& arm, TimeNs busSectorNs, Options options)
        : geometry_(&geometry), arm_(&arm), busSectorNs_(busSectorNs), options_(options) {}

    bool busy() const noexcept { return !works_.empty(); }
    std::size_t segment() const noexcept { return segment_; }
    // Where the data in the segment ends.
    Lbn end() const noexcept { return works_.back().write.end; }
    // When everything is written, and where the arm is then.
    TimeNs doneNs() const noexcept { return works_.back().doneNs; }
    ArmPosition position() const noexcept { return works_.back().to; }

    void begin(std::size_t segment, ArmPosition from, TimeNs startNs, CachedWrite write);
    // One more joins; `nowNs` is when its command came.
    void join(TimeNs nowNs, CachedWrite write);
    // The last command goes on to `end`; the host sends the rest of it from `startNs` on.
    void bring(Lbn end, TimeNs startNs);
    // When the host has sent the last block.
    TimeNs sentNs() const noexcept { return sentNs(works_.size() - 1, end() - 1); }
    // The first block that is not written yet of the command being written.
    Lbn writtenUntil(TimeNs nowNs) const;
    // How many commands are being written or wait for it.
    std::size_t pending(TimeNs nowNs) const noexcept;
    // Tells of those that have ended by now; call it before join().
    void settle(TimeNs nowNs, MediaWatcher* watcher);

  private:
    struct Work {
        CachedWrite write;
        ArmPosition from;
        TimeNs startNs = 0;
        ArmPosition to;
        TimeNs doneNs = 0;
        MediaAccess media;
        bool told = false;
    };
    // A command on its way over the tracks.
    struct Head;

    void planFrom(std::size_t index);
    void plan(std::size_t index);
    // Writes what it can of the track; returns whether the command is done.
    bool passInOrder(Head& head, std::size_t index);
    bool passAsItComes(Head& head, std::size_t index, std::int32_t startSector);
    // When the host has sent a block.
    TimeNs sentNs(std::size_t index, Lbn lbn) const noexcept;

    const Geometry* geometry_;
    const Arm* arm_;
    TimeNs busSectorNs_;
    Options options_;
    std::size_t segment_ = 0;
    std::vector<Work> works_;
    // How far the first command has come: between two entries evenly.
    struct Progress {
        TimeNs atNs;
        Lbn next;
    };
    std::vector<Progress> progress_;
};

}  // namespace diecast::disk
