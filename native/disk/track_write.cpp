#include "track_write.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace diecast::disk {

TrackWrite writeTrack(const Geometry& geometry, const Arm& arm, bool beginsAnywhere, ArmPosition from, TimeNs startNs,
                      Lbn first, Lbn end) {
    const Track track = geometry.trackOf(first);
    TrackWrite write;
    write.end = std::min(end, track.end);
    write.to = {track.cylinder, track.surface};
    MediaAccess& media = write.media;
    media.seekCylinders = std::abs(from.cylinder - track.cylinder);
    media.seekNs = arm.repositionNs(from, track, true);
    const TimeNs onTrackNs = startNs + media.seekNs;
    const double underHead = arm.sectorUnderHead(track, onTrackNs);
    const std::int32_t firstSector = geometry.sectorOf(track, first);
    const std::int32_t behindSector = geometry.sectorOf(track, write.end - 1) + 1;
    media.latencyNs = arm.waitNs(track, underHead, firstSector);
    media.transferNs = std::llround((behindSector - firstSector) * arm.sectorNs(track));
    // A head that has just written what is before the piece may seem to be inside it by a fraction of a nanosecond:
    // it is not, since the first sector is not waited for.
    const bool inside = underHead > firstSector && underHead <= behindSector - 1 && media.latencyNs > 0;
    if (beginsAnywhere && inside) {
        media.latencyNs = std::llround((std::ceil(underHead) - underHead) * arm.sectorNs(track));
        media.transferNs = std::llround(arm.revolutionNs());
    }
    media.doneNs = onTrackNs + media.latencyNs + media.transferNs;
    return write;
}

}  // namespace diecast::disk
