// Writing a piece of a track that is in the drive's DRAM already.
#pragma once

#include "arm.h"
#include "geometry.h"

namespace diecast::disk {

struct TrackWrite {
    MediaAccess media;
    Lbn end = 0;  // behind the last block written: of what was asked for, what lies on the track of the first one
    ArmPosition to;
};

// From where the arm is at `startNs`. With `beginsAnywhere` a head that comes to rest over the piece writes from there
// to its end, and the beginning when that comes round.
TrackWrite writeTrack(const Geometry& geometry, const Arm& arm, bool beginsAnywhere, ArmPosition from, TimeNs startNs,
                      Lbn first, Lbn end);

}  // namespace diecast::disk
