// The file system of a guest: a private, writable view of the host's own root directory, or of another one.
//
// Overlays keep what the guest writes in one tmpfs of the guest's own, the scratch, whose size is its disk's. So it may
// write wherever it likes and nobody else sees any of it; and it all goes with the guest's mount namespace, however
// that ends.
#pragma once

#include "guest_options.h"

namespace diecast::launch {

// Builds it and makes it the root directory of the calling process, which must be alone in its mount namespace and in
// the guest's PID, network and other namespaces: /proc and /sys show those. Throws std::system_error.
void buildGuestRoot(const GuestOptions& options);

}  // namespace diecast::launch
