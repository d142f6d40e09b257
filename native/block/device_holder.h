// The process that makes the block devices and holds them open.
//
// Opening a FUSE file, closing a loop device and much else waits for answers of the server. A server that waits for
// itself could not even be killed: the kernel closes its connections, which would end the waiting, only when all its
// threads have left the kernel. So nothing of the server ever touches its own devices. This child does, it has none of
// the connections, and ends with the server.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "clock/fd.h"
#include "fuse_file.h"
#include "pace/time.h"
#include "protocol.h"

namespace diecast::block {

// From its destruction on the devices are gone with their last other user.
class DeviceHolder {
  public:
    // Starts it. `files` are mounted, and served from now on. Throws SetupError.
    DeviceHolder(const std::vector<PlannedDisk>& plans, std::span<FuseFile* const> files, int controlFd);

    // Readable when it is done, and when it has ended.
    int fd() const noexcept { return line_.get(); }
    struct Report {
        pace::Duration path;  // what a request takes to a disk without a model and back
        std::vector<std::string> devices;
    };
    // Throws SetupError with what went wrong; that it has ended, if that is it.
    Report report();

  private:
    clock::Fd line_;
};

}  // namespace diecast::block
