// The init of a guest, once the guest is built.
#pragma once

#include <vector>

#include "control.h"
#include "guest_disks.h"

namespace diecast::launch {

// Serves the guest until the control socket closes, and then ends this process.
[[noreturn]] void liveAsInit(Control& control, const std::vector<GuestDisk>& disks);

}  // namespace diecast::launch
