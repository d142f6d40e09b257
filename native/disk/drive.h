// A mechanical drive at work on one command at a time: controller, cache, arm.
#pragma once

#include <cstdint>

#include "arm.h"
#include "cache.h"
#include "drive_parameters.h"
#include "geometry.h"
#include "read_stream.h"
#include "track_write.h"
#include "write_back.h"

namespace diecast::disk {

// Reads ahead and writes back between commands; what it did by then is worked out when the next command comes.
// The mechanism is that of DiskSim 4.0 (Bucy, Ganger and others 2008) as docs/disks.md describes it.
class Drive {
  public:
    explicit Drive(const DriveParameters& parameters);

    const Geometry& geometry() const noexcept { return geometry_; }

    // Carries out a command that the drive gets at `startNs`, not before the completion of the one before.
    Completion carryOut(const Request& request, TimeNs startNs);
    // What a command would wait for arm and platter if it came now: an estimate for schedulers. 0 for cached blocks.
    TimeNs positioningNs(const Request& request, TimeNs nowNs);

    // For a drive whose writes are kept elsewhere (write_buffer.h); it gets no writes and flushes to carry out.
    // Begins to write blocks of one track; gives up read-ahead. Not before all that was begun before has ended.
    TrackWrite writePiece(Lbn first, Lbn end, TimeNs startNs);
    // What writePiece() would wait for arm and platter.
    TimeNs writePositioningNs(Lbn first, TimeNs nowNs);
    // Whether a read needs neither arm nor platter while read-ahead rests.
    bool hits(Lbn first, Lbn behind) const noexcept;
    // The host has sent a write: what was read of it is out of date.
    void received(Lbn first, Lbn behind) noexcept;
    const Overheads& overheads() const noexcept { return parameters_.overheads; }
    Kind previous() const noexcept { return previous_; }

    void watchMedia(MediaWatcher* watcher) noexcept { watcher_ = watcher; }
    void finishMedia();

  private:
    // When bus and arm are free for a command.
    struct Readiness {
        TimeNs busNs;
        TimeNs mediaNs;
    };

    void read(const Request& request, TimeNs startNs, Completion& completion);
    void write(const Request& request, TimeNs startNs, Completion& completion);
    bool joins(const Request& request, TimeNs startNs) const;
    void joinWrite(const Request& request, TimeNs startNs, Completion& completion);
    // Brings cache and arm up to the time.
    void settle(TimeNs nowNs);
    // Waits for the write-back to end; returns when that is, 0 if there is none.
    TimeNs awaitWriteBack(TimeNs startNs);
    // Ends read-ahead for a command; returns how long that takes.
    TimeNs stopReadAhead(TimeNs nowNs);
    void goOnReading(const ReadBus& bus);
    Lbn readAheadLimit(const Segment& segment, Lbn first, Lbn behind) const;

    DriveParameters parameters_;
    Geometry geometry_;
    Arm arm_;
    Cache cache_;
    ReadStream stream_;
    std::size_t streamSegment_ = 0;
    bool streaming_ = false;  // the stream's segment is being read into
    WriteBack writeBack_;
    bool writing_ = false;
    ArmPosition position_;
    Kind previous_ = Kind::Read;
    MediaWatcher* watcher_ = nullptr;
};

}  // namespace diecast::disk
