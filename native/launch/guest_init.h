// A guest: its namespaces, its file system, and the two processes that hold them.
//
//   outside   on the host; holds the guest's *void*: a mount namespace with nothing in it but the guest's /proc, for
//   the
//             keepers of its programs. Waits for the init, and takes it along when it dies.
//   init      pid 1 of the guest. Runs nothing: reaps what is orphaned, and does what the control socket asks for
//             (signal N: to all; kill ID: kills all, and answers when all are gone). When the socket closes it ends,
//             and the kernel takes the rest of the guest down.
#pragma once

#include "guest_options.h"

namespace diecast::launch {

// Makes the guest, says `ready` on the control socket, and stays as long as it lives. What goes wrong is told there.
// Returns the exit code.
int runGuest(const GuestOptions& options);

}  // namespace diecast::launch
