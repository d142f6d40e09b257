// What the kernel counts of a network namespace's devices: /proc/net/dev of the namespace it was opened in.
//
// Not rtnetlink: its requests wait for a lock that all namespaces share, and while a thousand guests start that can
// take 20 ms, in which no packet moves.
#pragma once

#include <cstdint>
#include <string>

#include "clock/fd.h"

namespace diecast::net {

class DeviceFile {
  public:
    // Of the calling thread's namespace. Throws SetupError.
    DeviceFile();

    // Packets that the device could not take from its guest. 0 if it is gone.
    std::uint64_t dropped(const std::string& interface) const noexcept;

  private:
    clock::Fd fd_;
};

}  // namespace diecast::net
