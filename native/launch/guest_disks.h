// A guest's disks: block devices of the host with a file system on them, which the guest finds mounted.
#pragma once

#include <string>
#include <vector>

#include "clock/fd.h"

namespace diecast::launch {

struct GuestDisk {
    std::string device;      // on the host
    std::string name;        // in the guest's /dev
    std::string fileSystem;  // empty: the device alone
    std::string options;     // of the file system, as mount(8) has them after -o
    std::string mountPoint;
};

// Takes DEVICE:NAME:FILESYSTEM:OPTIONS:MOUNTPOINT; the last may have colons in it. Throws std::invalid_argument.
GuestDisk parseGuestDisk(const std::string& text);

// In the guest's mount namespace, with `host` its former root. Throws std::system_error.
void makeDiskDevices(const std::vector<GuestDisk>& disks, const clock::Fd& host);
void mountDisks(const std::vector<GuestDisk>& disks);

// Unmounts them and mounts them again, so that all of their contents is on them and nothing of it in memory any more
// but what mounting reads; of bare devices as well. False: a file system is in use; what was written to it is on it
// then, but stays in memory as well. Throws std::system_error.
bool remountDisks(const std::vector<GuestDisk>& disks);

}  // namespace diecast::launch
