// The arm and the platters under it: how long it takes to get somewhere, and when a sector comes by.
#pragma once

#include <cstdint>
#include <vector>

#include "geometry.h"

namespace diecast::disk {

struct ArmPosition {
    std::int32_t cylinder = 0;
    std::int32_t surface = 0;
};

// Pure: where the arm is now is the caller's.
class Arm {
  public:
    Arm(const Mechanics& mechanics, std::int32_t cylinders);

    // From one track to another, until data can be read or, settled, written. 0 for the same track.
    TimeNs repositionNs(ArmPosition from, const Track& to, bool write) const noexcept {
        const std::int32_t distance =
            from.cylinder < to.cylinder ? to.cylinder - from.cylinder : from.cylinder - to.cylinder;
        TimeNs ns = seekNs_[static_cast<std::size_t>(distance)];
        // A head switch goes on during a seek: it never adds to one.
        if (from.surface != to.surface && ns < headSwitchNs_) ns = headSwitchNs_;
        return ns != 0 && write ? ns + writeSettleNs_ : ns;
    }

    // How many sectors from the beginning of sector 0 the head is over the track at a time: 0 up to the track's
    // sectors.
    double sectorUnderHead(const Track& track, TimeNs atNs) const noexcept;

    // How long after `atNs` the sector begins to come by; less than a revolution.
    TimeNs waitNs(const Track& track, double underHead, std::int32_t sector) const noexcept;

    double revolutionNs() const noexcept { return revolutionNs_; }
    double sectorNs(const Track& track) const noexcept { return revolutionNs_ / track.sectors; }

  private:
    std::int64_t rotationsPerMinute_;
    double revolutionNs_;
    TimeNs headSwitchNs_;
    TimeNs writeSettleNs_;
    std::vector<TimeNs> seekNs_;  // by distance
};

}  // namespace diecast::disk
