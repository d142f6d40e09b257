// A guest's network interface, seen from the other end of its cable.
#pragma once

#include <string>

#include "clock/fd.h"

namespace diecast::net {

// Makes a TAP device in the namespace this thread is in. It is gone when the descriptor is. Reads and writes are whole
// frames and do not wait. Throws SetupError.
clock::Fd openTap(const std::string& interface);

}  // namespace diecast::net
