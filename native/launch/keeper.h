// The keeper: the process around a tree that supervises its execs, moves its timers, and lets nothing of it outlive
// COMMAND (or, with --linger, the control socket), the main process, or itself.
#pragma once

#include "channel.h"
#include "inherited.h"
#include "options.h"
#include "place.h"

namespace diecast::launch {

// Starts the tree and stays until it is gone. Every signal is blocked. Returns the exit code; what went wrong has been
// told along `toMain`.
int runKeeper(const Options& options, const Inherited& inherited, Place place, Channel toMain) noexcept;

}  // namespace diecast::launch
