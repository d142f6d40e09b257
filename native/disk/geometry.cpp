#include "geometry.h"

#include <algorithm>
#include <cmath>

namespace diecast::disk {

Geometry::Geometry(const Layout& layout) : surfaces_(layout.surfaces), surfaceOrder_(layout.surfaceOrder) {
    for (const Zone& zone : layout.zones) {
        MappedZone mapped;
        static_cast<Zone&>(mapped) = zone;
        mapped.cylinderSectors = static_cast<std::int64_t>(zone.sectorsPerTrack) * surfaces_;
        if (layout.sparingRangeCylinders > 0) {
            mapped.rangeSectors = mapped.cylinderSectors * layout.sparingRangeCylinders;
            mapped.rangeBlocks = mapped.rangeSectors - zone.spareSectors;
        }
        for (std::size_t i = 0; i < zone.slippedSectors.size(); i++) {
            mapped.slipsFrom.push_back(zone.slippedSectors[i] - static_cast<std::int64_t>(i));
        }
        zoneStarts_.push_back(zone.firstLbn);
        capacity_ = zone.firstLbn + zone.lbnCount;
        zones_.push_back(std::move(mapped));
    }
}

const Geometry::MappedZone& Geometry::zoneOf(Lbn lbn) const noexcept {
    const auto behind = std::upper_bound(zoneStarts_.begin(), zoneStarts_.end(), lbn);
    return zones_[static_cast<std::size_t>(behind - zoneStarts_.begin()) - 1];
}

std::int64_t Geometry::slotOf(const MappedZone& zone, Lbn lbn) const noexcept {
    std::int64_t offset = lbn - zone.firstLbn + zone.reservedSectorsAtFront;
    if (zone.rangeSectors == 0) {
        if (zone.slipsFrom.empty()) return offset;
        const auto passed = std::upper_bound(zone.slipsFrom.begin(), zone.slipsFrom.end(), offset);
        return offset + (passed - zone.slipsFrom.begin());
    }
    const std::int64_t range = offset / zone.rangeBlocks;
    std::int64_t slot = range * zone.rangeSectors + offset % zone.rangeBlocks;
    // Only slips of the same range count.
    for (auto slip =
             std::lower_bound(zone.slippedSectors.begin(), zone.slippedSectors.end(), range * zone.rangeSectors);
         slip != zone.slippedSectors.end() && *slip <= slot; ++slip) {
        slot++;
    }
    return slot;
}

Lbn Geometry::blockAt(const MappedZone& zone, std::int64_t slot, Lbn near) const noexcept {
    const std::vector<std::int64_t>& slips = zone.slippedSectors;
    Lbn lbn;
    if (zone.rangeSectors == 0) {
        lbn = slot - (std::lower_bound(slips.begin(), slips.end(), slot) - slips.begin());
    } else {
        // The block's own range bounds the track: behind its last block there are spares.
        const std::int64_t range = (near - zone.firstLbn + zone.reservedSectorsAtFront) / zone.rangeBlocks;
        const std::int64_t rangeStart = range * zone.rangeSectors;
        const auto from = std::lower_bound(slips.begin(), slips.end(), rangeStart);
        const auto to = std::lower_bound(from, slips.end(), slot);
        const std::int64_t within = slot - rangeStart - (to - from);
        lbn = range * zone.rangeBlocks + std::clamp<std::int64_t>(within, 0, zone.rangeBlocks);
    }
    return zone.firstLbn + std::clamp<std::int64_t>(lbn - zone.reservedSectorsAtFront, 0, zone.lbnCount);
}

Track Geometry::trackOf(Lbn lbn) const noexcept {
    const MappedZone& zone = zoneOf(lbn);
    const std::int64_t slot = slotOf(zone, lbn);
    const std::int64_t cylinder = slot / zone.cylinderSectors;
    const std::int64_t order = slot % zone.cylinderSectors / zone.sectorsPerTrack;
    const std::int64_t start = cylinder * zone.cylinderSectors + order * zone.sectorsPerTrack;
    Track track;
    track.cylinder = zone.firstCylinder + static_cast<std::int32_t>(cylinder);
    const bool backwards = surfaceOrder_ == SurfaceOrder::SerpentineWithinZone && cylinder % 2 == 1;
    track.surface = static_cast<std::int32_t>(backwards ? surfaces_ - 1 - order : order);
    track.sectors = zone.sectorsPerTrack;
    track.first = blockAt(zone, start, lbn);
    track.end = blockAt(zone, start + zone.sectorsPerTrack, lbn);
    if (zone.slippedSectors.empty()) {
        track.firstSector = static_cast<std::int32_t>(slot - start - (lbn - track.first));
    } else {
        const std::int64_t firstSlot = slotOf(zone, track.first);
        track.firstSector = static_cast<std::int32_t>(firstSlot - start);
        track.unbroken = slotOf(zone, track.end - 1) - firstSlot == track.end - 1 - track.first;
    }
    // Skews add up along the tracks of a cylinder and from cylinder to cylinder.
    const double skewed =
        (static_cast<double>(order) + static_cast<double>((surfaces_ - 1) * cylinder)) * zone.trackSkewSectors +
        static_cast<double>(cylinder) * zone.cylinderSkewSectors;
    const double turns = skewed / zone.sectorsPerTrack;
    track.angle = turns - std::floor(turns);
    return track;
}

std::int32_t Geometry::slowSectorOf(Lbn lbn) const noexcept {
    const MappedZone& zone = zoneOf(lbn);
    return static_cast<std::int32_t>(slotOf(zone, lbn) % zone.sectorsPerTrack);
}

std::int32_t Geometry::cylinderOf(Lbn lbn) const noexcept {
    const MappedZone& zone = zoneOf(lbn);
    return zone.firstCylinder + static_cast<std::int32_t>(slotOf(zone, lbn) / zone.cylinderSectors);
}

}  // namespace diecast::disk
