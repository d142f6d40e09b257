// What the way to a guest's disk and back costs, apart from the drive.
#pragma once

#include <string>

#include "pace/time.h"

namespace diecast::block {

// Real time that reading 4 KiB of a device takes while its model is bypassed, on a processor that has nothing else to
// do; zero if it cannot be told. Waits for the device's server: not to be called by that.
pace::Duration measurePath(const std::string& device);

}  // namespace diecast::block
