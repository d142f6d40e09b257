#include "description.h"
#include "lines.h"

namespace diecast::disk {

namespace {

Scheduler parseScheduler(std::string_view word) {
    if (word == "fcfs") return Scheduler::Fcfs;
    if (word == "c-look") return Scheduler::CLook;
    if (word == "sstf") return Scheduler::Sstf;
    if (word == "sptf") return Scheduler::Sptf;
    throw std::invalid_argument("description: unknown scheduler \"" + std::string(word) + "\"");
}

Zone parseZone(std::string_view line) {
    Zone zone;
    zone.firstCylinder = nextNumber<std::int32_t>(line);
    zone.lastCylinder = nextNumber<std::int32_t>(line);
    zone.sectorsPerTrack = nextNumber<std::int32_t>(line);
    zone.trackSkewSectors = nextNumber<double>(line);
    zone.cylinderSkewSectors = nextNumber<double>(line);
    zone.spareSectors = nextNumber<std::int64_t>(line);
    zone.reservedSectorsAtFront = nextNumber<std::int64_t>(line);
    zone.firstLbn = nextNumber<Lbn>(line);
    zone.lbnCount = nextNumber<std::int64_t>(line);
    while (!line.empty()) zone.slippedSectors.push_back(nextNumber<std::int64_t>(line));
    return zone;
}

void parseLayout(std::string_view line, Layout& layout) {
    layout.surfaces = nextNumber<std::int32_t>(line);
    layout.surfaceOrder = nextFlag(line) ? SurfaceOrder::SerpentineWithinZone : SurfaceOrder::SameDirection;
    layout.sparingRangeCylinders = nextNumber<std::int32_t>(line);
}

void parseMechanics(std::string_view line, Mechanics& mechanics) {
    mechanics.rotationsPerMinute = nextNumber<std::int64_t>(line);
    mechanics.headSwitchNs = nextNumber<TimeNs>(line);
    mechanics.writeSettleNs = nextNumber<TimeNs>(line);
}

void parseSegments(std::string_view line, CacheParameters& cache) {
    cache.enabled = nextFlag(line);
    cache.segments = nextNumber<std::int32_t>(line);
    cache.segmentSectors = nextNumber<std::int32_t>(line);
    cache.dedicatedWriteSegment = nextFlag(line);
    cache.readHitsOnWriteData = nextFlag(line);
}

void parseReading(std::string_view line, CacheParameters& cache) {
    const std::string_view scheme = nextWord(line);
    cache.readAhead = scheme == "none"             ? ReadAhead::None
                      : scheme == "segment-or-max" ? ReadAhead::UntilSegmentEndOrMax
                                                   : ReadAhead::RestOfTrackPlusNext;
    cache.maxReadAheadSectors = nextNumber<std::int64_t>(line);
    cache.zeroLatencyRead = nextFlag(line);
    cache.beginsAnywhere = nextFlag(line);
}

void parseWriting(std::string_view line, CacheParameters& cache) {
    cache.immediateReporting = nextFlag(line);
    cache.combineSequentialWrites = nextFlag(line);
    cache.zeroLatencyWrite = nextFlag(line);
}

WriteBufferParameters parseWriteBuffer(std::string_view line) {
    WriteBufferParameters buffer;
    buffer.sectors = nextNumber<std::int64_t>(line);
    buffer.runs = nextNumber<std::int32_t>(line);
    buffer.idleAfterReadNs = nextNumber<TimeNs>(line);
    if (buffer.sectors < 1 || buffer.runs < 1 || buffer.idleAfterReadNs < 0) {
        throw std::invalid_argument("description: a write buffer has at least one sector and one run");
    }
    return buffer;
}

Overhead parseOverhead(std::string_view& line) {
    const auto afterReadNs = nextNumber<TimeNs>(line);
    return {afterReadNs, nextNumber<TimeNs>(line)};
}

void parseOverheads(std::string_view line, Overheads& overheads) {
    overheads.readHit = parseOverhead(line);
    overheads.readMiss = parseOverhead(line);
    overheads.writeHit = parseOverhead(line);
    overheads.writeMiss = parseOverhead(line);
    overheads.readCompletionNs = nextNumber<TimeNs>(line);
    overheads.writeCompletionNs = nextNumber<TimeNs>(line);
}

}  // namespace

DriveParameters parseDrive(std::string_view lines) {
    DriveParameters drive;
    while (!lines.empty()) {
        std::string_view line = cutAt(lines, '\n');
        if (line.empty()) continue;
        const std::string_view word = nextWord(line);
        if (word == "layout")
            parseLayout(line, drive.layout);
        else if (word == "zone")
            drive.layout.zones.push_back(parseZone(line));
        else if (word == "mechanics")
            parseMechanics(line, drive.mechanics);
        else if (word == "seek") {
            const auto cylinders = nextNumber<std::int32_t>(line);
            drive.mechanics.seekCurve.emplace_back(cylinders, nextNumber<TimeNs>(line));
        } else if (word == "segments")
            parseSegments(line, drive.cache);
        else if (word == "reading")
            parseReading(line, drive.cache);
        else if (word == "writing")
            parseWriting(line, drive.cache);
        else if (word == "write-buffer")
            drive.writeBuffer = parseWriteBuffer(line);
        else if (word == "overheads")
            parseOverheads(line, drive.overheads);
        else if (word == "bus")
            drive.busSectorNs = nextNumber<TimeNs>(line);
        else if (word == "queue") {
            drive.queueDepth = nextNumber<unsigned>(line);
            drive.scheduler = parseScheduler(nextWord(line));
        } else
            throw std::invalid_argument("description: unknown word \"" + std::string(word) + "\"");
    }
    if (drive.layout.zones.empty() || drive.layout.surfaces < 1 || drive.mechanics.rotationsPerMinute < 1 ||
        drive.mechanics.seekCurve.empty() || drive.cache.segments < 1 || drive.cache.segmentSectors < 1) {
        throw std::invalid_argument("description: the drive lacks a layout, mechanics or a cache");
    }
    return drive;
}

}  // namespace diecast::disk
