// The rights by which a guest's root could harm the host, its other guests or the emulation. A guest is no prison (its
// root may still mount and trace, as on a machine of its own): this is against accidents.
#pragma once

namespace diecast::launch {

// Gives them up for this process and all it starts. Throws std::system_error.
void dropHarmfulCapabilities();

}  // namespace diecast::launch
