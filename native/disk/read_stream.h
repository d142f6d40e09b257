// The head reading one block after the other: for a command first, then ahead of the next one.
#pragma once

#include <cstdint>

#include "arm.h"
#include "geometry.h"
#include "read_bus.h"

namespace diecast::disk {

// What the medium did until a command had what it wanted.
struct ReadResult {
    MediaAccess media;
    // From here on the track was read; the first wanted block unless some in front of it came by.
    Lbn readFrom = 0;
};

// Where the head is and what it has read, known up to some time and computed on only when somebody asks.
class ReadStream {
  public:
    struct Options {
        // A sector that has to be passed over, since there is no room for it yet, does not hold up those behind it.
        bool zeroLatency;
        // The head begins with the first wanted sector that passes; those passing before them are kept, too.
        bool beginsAnywhere;
    };
    ReadStream(const Geometry& geometry, const Arm& arm, Options options)
        : geometry_(&geometry), arm_(&arm), options_(options) {}

    // Moves the arm and reads up to `end`, telling the bus; then goes on, on demand, to `limit`.
    ReadResult begin(ArmPosition from, TimeNs startNs, Lbn first, Lbn end, bool freshSegment, ReadBus& bus);
    // The stream is running: has it read up to `end` for a command. Returns when that is reached.
    TimeNs readThrough(Lbn end, ReadBus& bus);
    // A command for what is being read has come: the sectors from its first one on have to stay in the buffer, whatever
    // was foreseen without it.
    void serve(TimeNs nowNs, const ReadBus& bus);

    // How far read-ahead goes; the bus bounds it while the command before it is being sent.
    void aheadTo(Lbn limit, const ReadBus& bus) noexcept {
        limit_ = limit;
        bus_ = bus;
        running_ = next_ < limit;
    }
    // Brings it up to date.
    void advance(TimeNs nowNs);
    // Stops after the step under way (a sector, a reposition, the wait for a track's first sector); returns how long
    // that still takes. What the step reads is lost.
    TimeNs stop(TimeNs nowNs);

    bool running() const noexcept { return running_; }
    Lbn next() const noexcept { return next_; }
    // The end of what is in the buffer; above next() while sectors were taken before those in front of them.
    Lbn reach(TimeNs nowNs) const noexcept;
    ArmPosition position() const noexcept { return {track_.cylinder, track_.surface}; }

  private:
    enum class Step { TrackEnd, Reposition, Wait, Pass };
    static constexpr Lbn nowhere = INT64_MAX;

    // The head has reached the track of `next_`.
    void land(TimeNs atNs, Lbn wantedEnd);
    void reposition(TimeNs atNs);
    // All of a run is read: what follows is elsewhere.
    void endRun(TimeNs atNs);
    void restartAt(TimeNs atNs, Lbn lbn) noexcept;
    TimeNs startOf(Lbn lbn) const noexcept;
    TimeNs endOf(Lbn lbn) const noexcept;
    // Delays the pass by whole revolutions until the buffer has room for the next block.
    void awaitRoom(const ReadBus& bus, Lbn wantedEnd);
    Lbn runEnd(Lbn target) const noexcept;
    Lbn blockAtSector(std::int32_t sector) const noexcept;

    const Geometry* geometry_;
    const Arm* arm_;
    Options options_;
    bool running_ = false;
    Step step_ = Step::Pass;
    TimeNs stepEndNs_ = 0;
    Track track_;
    Lbn next_ = 0;   // all before it are read
    Lbn limit_ = 0;  // read-ahead ends here
    // These are read before those in front of them, from a time on.
    Lbn takenFrom_ = nowhere;
    Lbn takenEnd_ = 0;
    TimeNs takenNs_ = 0;
    bool landedInside_ = false;
    TimeNs landedNs_ = 0;  // the first sector taken begins
    // The pass: when which sector begins.
    double passNs_ = 0;
    std::int32_t passSector_ = 0;
    ReadBus bus_;
};

}  // namespace diecast::disk
