// The command line of diecast-launch --guest, which makes a guest: a machine of its own, with nothing running in it
// yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "given.h"
#include "guest_disks.h"

namespace diecast::launch {

struct GuestOptions {
    std::string name;                    // its host name
    std::optional<std::string> network;  // path of its network namespace; else a new, empty one
    std::string root = "/";              // what its own root file system begins as
    std::optional<std::string> etc;      // a directory with files for its /etc: the address book
    std::optional<std::string> files;    // what /experiment begins as
    std::uint64_t scratchBytes = 0;      // for everything it writes to files
    std::vector<GuestDisk> disks;
    std::string stage;  // a directory of ours on the host, whose insides serve as mount points
    int controlFd = -1;
};

// Throws UsageError.
GuestOptions parseGuestOptions(int argc, char** argv);

}  // namespace diecast::launch
