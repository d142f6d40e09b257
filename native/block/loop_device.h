// A file as a block device of the kernel's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "clock/fd.h"

namespace diecast::block {

// What the drive tells the kernel of itself, and a driver makes of it.
struct DriveShape {
    unsigned queueDepth;
    bool rotational;
};

// Holds the device open. It is gone with its last user, which may also be a mounted file system. The kernel keeps most
// of a queue's settings for whoever gets a device of that number next: restore() is to be called before the end.
class LoopDevice {
  public:
    // `name` is what lsblk and losetup show. Throws SetupError.
    LoopDevice(const clock::Fd& file, const std::string& name, const DriveShape& shape);

    const std::string& path() const noexcept { return path_; }
    // Puts back what the constructor has set.
    void restore() const;

  private:
    std::string queue() const;
    void set(const char* name, const std::string& value);

    std::string path_;
    std::vector<std::pair<std::string, std::string>> before_;  // settings, by their paths
    clock::Fd device_;
};

}  // namespace diecast::block
