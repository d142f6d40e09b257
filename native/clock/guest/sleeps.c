// nanosleep and clock_nanosleep.
#include "guest.h"

// The kernel writes the real remaining time to scratch; the guest gets the virtual one.
static void prepare_nanosleep(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[0] = address_of(&w->time.ts);
    w->arg[1] = address_of(w->scratch);
}

static void prepare_clock_nanosleep(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[0] = CLOCK_MONOTONIC;
    w->arg[1] = w->absolute ? TIMER_ABSTIME : 0;
    w->arg[2] = address_of(&w->time.ts);
    w->arg[3] = w->absolute ? 0 : address_of(w->scratch);
}

static long sleep_relative(struct wait* w, uint64_t remaining) {
    long result = wait_until_done(w);
    if (result != -EINTR || remaining == 0) return result;
    struct k_timespec real_left = {(int64_t)w->scratch[0], (int64_t)w->scratch[1]};
    int64_t left_ns = wait_left_ns(w, timespec_ns(&real_left));
    struct k_timespec left = to_timespec(left_ns > 0 ? left_ns : 1);
    return copy_out(w->call, remaining, &left, sizeof left) != 0 ? -EFAULT : -EINTR;
}

long on_nanosleep(struct call* c) {
    struct k_timespec ts;
    if (copy_in(c, &ts, c->arg[0], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    struct wait w = {.call = c, .prepare = prepare_nanosleep, .duration_ns = timespec_ns(&ts)};
    return sleep_relative(&w, c->arg[1]);
}

// CPU clocks run at a fixed ratio to the kernel's, whatever the time page says.
static long sleep_on_cpu_clock(struct call* c, const struct k_timespec* ts) {
    struct k_timespec real = to_timespec(cpu_to_real(timespec_ns(ts))), left;
    long result = sys4(__NR_clock_nanosleep, c->arg[0], c->arg[1], address_of(&real), address_of(&left));
    if (result != -EINTR || (c->arg[1] & TIMER_ABSTIME) || c->arg[3] == 0) return result;
    left = to_timespec(cpu_to_virtual(timespec_ns(&left)));
    return copy_out(c, c->arg[3], &left, sizeof left) != 0 ? -EFAULT : result;
}

long on_clock_nanosleep(struct call* c) {
    int clock = (int)c->arg[0];
    struct k_timespec ts;
    if (!is_cpu_clock(clock) && !is_timer_clock(clock)) return pass(c);
    if (copy_in(c, &ts, c->arg[2], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return pass(c);
    if (is_cpu_clock(clock)) return sleep_on_cpu_clock(c, &ts);
    // The alarm clocks want a capability: let the kernel judge, with a sleep that is over at once.
    if (clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) {
        struct k_timespec none = {0, 0};
        long error = sys4(__NR_clock_nanosleep, c->arg[0], 0, address_of(&none), 0);
        if (error != 0) return error;
    }
    struct wait w = {.call = c, .prepare = prepare_clock_nanosleep};
    if (c->arg[1] & TIMER_ABSTIME) {
        w.absolute = 1;
        w.deadline_ns = moment_of(clock, timespec_ns(&ts));
        return wait_until_done(&w);
    }
    w.duration_ns = timespec_ns(&ts);
    return sleep_relative(&w, c->arg[3]);
}
