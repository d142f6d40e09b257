// The init of a guest, once the guest is built.
#pragma once

#include "control.h"

namespace diecast::launch {

// Serves the guest until the control socket closes, and then ends this process.
[[noreturn]] void liveAsInit(Control& control);

}  // namespace diecast::launch
