// The figures of a mechanical drive, as models/disks has them; all times in ns.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model.h"

namespace diecast::disk {

// A run of cylinders whose tracks have the same number of sectors.
struct Zone {
    std::int32_t firstCylinder = 0;
    std::int32_t lastCylinder = 0;
    std::int32_t sectorsPerTrack = 0;
    double trackSkewSectors = 0;
    double cylinderSkewSectors = 0;
    std::int64_t spareSectors = 0;
    std::int64_t reservedSectorsAtFront = 0;
    Lbn firstLbn = 0;
    std::int64_t lbnCount = 0;
    // Sectors left out since they are defective, numbered within the zone, ascending.
    std::vector<std::int64_t> slippedSectors;
};

enum class SurfaceOrder : std::uint8_t { SameDirection, SerpentineWithinZone };

struct Layout {
    std::int32_t surfaces = 0;
    SurfaceOrder surfaceOrder = SurfaceOrder::SameDirection;
    // Spares at the end of each range of so many cylinders; 0: at the end of the zone or of the disk.
    std::int32_t sparingRangeCylinders = 0;
    std::vector<Zone> zones;
};

struct Mechanics {
    std::int64_t rotationsPerMinute = 0;
    TimeNs headSwitchNs = 0;
    TimeNs writeSettleNs = 0;
    // Distance in cylinders and time, distances ascending from 1; linear between.
    std::vector<std::pair<std::int32_t, TimeNs>> seekCurve;
};

enum class ReadAhead : std::uint8_t { None, UntilSegmentEndOrMax, RestOfTrackPlusNext };

struct CacheParameters {
    bool enabled = true;
    std::int32_t segments = 1;
    std::int32_t segmentSectors = 0;
    bool dedicatedWriteSegment = false;
    ReadAhead readAhead = ReadAhead::None;
    std::int64_t maxReadAheadSectors = 0;
    bool readHitsOnWriteData = true;
    bool immediateReporting = true;  // a write completes when it is in the cache, not only when it is on the medium
    bool combineSequentialWrites = true;
    bool zeroLatencyRead = false;
    bool zeroLatencyWrite = false;
    bool beginsAnywhere = false;
};

// A pair of times: by what the previous command was.
struct Overhead {
    TimeNs afterReadNs = 0;
    TimeNs afterWriteNs = 0;

    TimeNs after(Kind previous) const noexcept { return previous == Kind::Write ? afterWriteNs : afterReadNs; }
};

struct Overheads {
    Overhead readHit;
    Overhead readMiss;
    Overhead writeHit;
    Overhead writeMiss;
    TimeNs readCompletionNs = 0;
    TimeNs writeCompletionNs = 0;
};

// DRAM for what the host has written, as current drives have it.
struct WriteBufferParameters {
    std::int64_t sectors = 0;
    // So many runs of blocks are told apart: behind that a write waits, however much room there is.
    std::int32_t runs = 0;
    // Without need nothing is written from it for so long after a read: the next one would find the arm elsewhere.
    TimeNs idleAfterReadNs = 0;
};

struct DriveParameters {
    Layout layout;
    Mechanics mechanics;
    CacheParameters cache;
    std::optional<WriteBufferParameters> writeBuffer;
    Overheads overheads;
    TimeNs busSectorNs = 0;  // to send one sector
    unsigned queueDepth = 1;
    Scheduler scheduler = Scheduler::Fcfs;
};

}  // namespace diecast::disk
