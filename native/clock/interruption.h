// System calls that our own stop has interrupted: the guest is not to see that.
#pragma once

#include <sys/types.h>

#include "tracee.h"

namespace diecast::clock {

// Whether a handler of the guest is about to run in a stopped thread, for `signal` (what it stopped for; 0: none) or a
// pending one: then a call was interrupted for it, and the guest is to see that.
bool handlerDue(pid_t tid, int signal);

// Has an interrupted call made again: a timed wait of the guest code with its deadline computed afresh, any other as it
// was. (Most calls the kernel restarts by itself; epoll_wait, sigtimedwait and some more would return EINTR.) False if
// there is nothing to undo.
bool undoInterruption(Registers& registers);

}  // namespace diecast::clock
