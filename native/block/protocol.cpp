#include "protocol.h"

#include <limits>

namespace diecast::block {

namespace {

using pace::cut;
using pace::parseId;
using pace::parseNumber;
using pace::ProtocolError;
using pace::reject;

bool parseFlag(std::string_view text) {
    return parseNumber<int>(text, "0 or 1", 0, 1) == 1;
}

PlannedDisk parseDisk(std::string_view words) {
    // Offsets are signed in the kernel.
    constexpr auto mostBytes = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    PlannedDisk disk;
    disk.bytes = parseNumber<std::uint64_t>(cut(words), "a number of bytes", 512, mostBytes);
    if (disk.bytes % 512 != 0) reject(std::to_string(disk.bytes), "whole sectors of 512 bytes");
    disk.shape.queueDepth = parseNumber<unsigned>(cut(words), "a queue depth", 1, 65'535);
    disk.shape.rotational = parseFlag(cut(words));
    disk.name = words;
    return disk;
}

}  // namespace

bool SetupReader::take(std::string_view line) {
    const std::string_view verb = cut(line);
    if (verb == "start") return true;
    if (verb == "disk") {
        disks_.push_back(parseDisk(line));
        return false;
    }
    if (disks_.empty()) throw ProtocolError("'" + std::string(verb) + "' before any disk");
    PlannedDisk& disk = disks_.back();
    if (verb == "directory") {
        disk.directory = line;
    } else if (verb == "model") {
        disk.description = disk.description.value_or("") + std::string(line) + "\n";
    } else {
        reject(verb, "disk, directory, model or start");
    }
    return false;
}

Command parseCommand(std::string_view line) {
    const std::string_view verb = cut(line);
    const std::uint64_t id = parseId(cut(line));
    if (verb == "bypass") return Bypass{id, parseFlag(line)};
    if (verb == "kick") return Kick{id};
    if (verb == "counters") return Count{id};
    if (verb == "finish") return Finish{id};
    reject(verb, "bypass, kick, counters or finish");
}

}  // namespace diecast::block
