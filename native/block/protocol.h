// What comes over the control socket (src/host/disks/protocol.ts): text lines, first the disks, then commands. The
// library has checked all of it; it is checked again where a number out of place would be memory out of place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "loop_device.h"
#include "pace/words.h"

namespace diecast::block {

struct PlannedDisk {
    std::string name;  // for people: web-1:/data
    std::uint64_t bytes = 0;
    DriveShape shape{};
    std::string directory;                   // of the host, for the contents
    std::optional<std::string> description;  // of the drive, for disk::makeModel(); none: no model
};

// Takes the lines
//     disk BYTES DEPTH ROTATIONAL NAME
//     directory PATH       of the last disk, as is
//     model LINE           its model's description, a line at a time; without any there is no model
//     start
class SetupReader {
  public:
    // True once all is there. Throws ProtocolError.
    bool take(std::string_view line);
    std::vector<PlannedDisk> finish() { return std::move(disks_); }

  private:
    std::vector<PlannedDisk> disks_;
};

// Requests of a disk, or of all, are answered as soon as they can be, without regard to the model; or no longer.
struct Bypass {
    std::uint64_t id;
    bool on;
};
struct Kick {
    std::uint64_t id;
};
struct Count {
    std::uint64_t id;
};
// Lets the devices go, and is done when nobody uses them any more.
struct Finish {
    std::uint64_t id;
};
using Command = std::variant<Bypass, Kick, Count, Finish>;

//     bypass ID 0|1
//     kick ID
//     counters ID
//     finish ID
// Throws ProtocolError.
Command parseCommand(std::string_view line);

}  // namespace diecast::block
