// Where on the platters each block lies.
#pragma once

#include <cstdint>
#include <vector>

#include "drive_parameters.h"

namespace diecast::disk {

// A track and the blocks on it.
struct Track {
    std::int32_t cylinder = 0;
    std::int32_t surface = 0;
    std::int32_t sectors = 0;  // slots on the track, used or not
    bool unbroken = true;      // its blocks lie one behind the other: none of the slots between them is left out
    Lbn first = 0;             // its blocks are first … end - 1
    Lbn end = 0;
    std::int32_t firstSector = 0;  // where `first` lies
    double angle = 0;              // of sector 0, in revolutions
};

// Zoned, with skews and slipped sectors. Equations: DiskSim 4.0's layout "g1", as docs/disks.md states them.
class Geometry {
  public:
    explicit Geometry(const Layout& layout);

    std::int64_t capacityBlocks() const noexcept { return capacity_; }
    // The track of a block on the device.
    Track trackOf(Lbn lbn) const noexcept;
    // Where on its track a block lies; `track` must be the block's.
    std::int32_t sectorOf(const Track& track, Lbn lbn) const noexcept {
        return track.unbroken ? track.firstSector + static_cast<std::int32_t>(lbn - track.first) : slowSectorOf(lbn);
    }
    std::int32_t sectorsPerTrackAt(Lbn lbn) const noexcept { return zoneOf(lbn).sectorsPerTrack; }
    // The cylinder alone, for schedulers.
    std::int32_t cylinderOf(Lbn lbn) const noexcept;

  private:
    struct MappedZone : Zone {
        std::int64_t cylinderSectors = 0;
        std::int64_t rangeSectors = 0;  // slots in a sparing range; 0 without ranges
        std::int64_t rangeBlocks = 0;   // blocks in it
        // The slip i is passed by blocks from here on: its number less the slips before it.
        std::vector<std::int64_t> slipsFrom;
    };

    const MappedZone& zoneOf(Lbn lbn) const noexcept;
    // The slot of the zone where the block lies.
    std::int64_t slotOf(const MappedZone& zone, Lbn lbn) const noexcept;
    // The first block at or behind a slot, which is at the beginning of a track or at the end of one.
    Lbn blockAt(const MappedZone& zone, std::int64_t slot, Lbn near) const noexcept;
    std::int32_t slowSectorOf(Lbn lbn) const noexcept;

    std::int32_t surfaces_;
    SurfaceOrder surfaceOrder_;
    std::vector<MappedZone> zones_;
    std::vector<Lbn> zoneStarts_;
    std::int64_t capacity_ = 0;
};

}  // namespace diecast::disk
