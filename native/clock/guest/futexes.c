// The waiting operations of futex, futex_waitv and futex_wait.
#include "guest.h"

#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13  // Linux 5.14
#endif

// Absolute waits are made on CLOCK_MONOTONIC, which the mapping follows, whatever clock the guest named.
static void prepare_futex(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[1] &= ~(uint64_t)FUTEX_CLOCK_REALTIME;
    w->arg[3] = address_of(&w->time.ts);
}

// FUTEX_LOCK_PI knows CLOCK_REALTIME only.
static void prepare_lock_pi(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(dc_saturated_add(real_ns, host_offset_ns(CLOCK_REALTIME)));
    w->arg[3] = address_of(&w->time.ts);
}

// FUTEX_WAIT is relative, and takes FUTEX_CLOCK_REALTIME for an error in some kernels: leave its operation alone.
static void prepare_futex_wait_op(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[3] = address_of(&w->time.ts);
}

long on_futex(struct call* c) {
    struct k_timespec ts;
    int operation = (int)c->arg[1];
    int command = operation & FUTEX_CMD_MASK;
    if (copy_in(c, &ts, c->arg[3], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    struct wait w = {.call = c, .timed_out = -ETIMEDOUT};
    if (command == FUTEX_WAIT) {
        w.prepare = prepare_futex_wait_op;
        w.duration_ns = timespec_ns(&ts);
        return wait_until_done(&w);
    }
    int wall = command == FUTEX_LOCK_PI || (operation & FUTEX_CLOCK_REALTIME);
    w.prepare = command == FUTEX_LOCK_PI ? prepare_lock_pi : prepare_futex;
    w.absolute = 1;
    w.deadline_ns = moment_of(wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, timespec_ns(&ts));
    return wait_until_done(&w);
}

static void prepare_on_clock(struct wait* w, int64_t real_ns) {
    unsigned timeout = w->nr == __NR_futex_waitv ? 3 : 4;
    w->time.ts = to_timespec(real_ns);
    w->arg[timeout] = address_of(&w->time.ts);
    w->arg[timeout + 1] = CLOCK_MONOTONIC;
}

static long wait_on_clock(struct call* c, unsigned timeout) {
    struct k_timespec ts;
    int clock = (int)c->arg[timeout + 1];
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return pass(c);
    if (copy_in(c, &ts, c->arg[timeout], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    struct wait w = {.call = c, .prepare = prepare_on_clock, .absolute = 1, .timed_out = -ETIMEDOUT};
    w.deadline_ns = moment_of(clock, timespec_ns(&ts));
    return wait_until_done(&w);
}

long on_futex_waitv(struct call* c) {
    return wait_on_clock(c, 3);
}
long on_futex_wait(struct call* c) {
    return wait_on_clock(c, 4);
}
