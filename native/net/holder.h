// The network namespaces of a run whose links the kernel emulates (src/host/links/netem): made here, and held by this
// process's descriptors alone, so that they have no names and are gone once it and the guests are.
#pragma once

#include "control.h"
#include "protocol.h"

namespace diecast::net {

// Makes a namespace for each guest and each switch, then sets guests' interfaces up when told that they are there.
// Returns when the control socket closes. Throws SetupError and ProtocolError.
void holdNamespaces(const Setup& setup, Control& control);

}  // namespace diecast::net
