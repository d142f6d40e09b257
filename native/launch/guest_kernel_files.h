// What the kernel shows of itself in a guest: /proc, /sys, /dev. Of the calling process's own namespaces, and without
// what would reach the host.
#pragma once

#include "clock/fd.h"

namespace diecast::launch {

// All throw std::system_error.
void mountProc();
void mountSys();
// `host` is the host's root directory.
void makeDevices(const clock::Fd& host);

}  // namespace diecast::launch
