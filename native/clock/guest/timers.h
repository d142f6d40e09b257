// Kernel timers: what setting them and re-arming them share.
#pragma once

#include "guest.h"

// Real time until a relative timer is due. While time is frozen: until its parking place.
int64_t timer_left_to_real(const struct snapshot* now, int64_t left_ns);
// Virtual time left on a kernel timer with left_ns to go: at least 1, unless it is not armed.
int64_t timer_left_to_virtual(const struct snapshot* now, int64_t left_ns);

// The clock of a timerfd, as the kernel tells in /proc; by the look of an absolute value where it does not.
int timerfd_clock(int fd, int64_t value_ns);
// Nanoseconds since the epoch, or since boot?
int guess_clock(int64_t value_ns);
