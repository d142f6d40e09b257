// Moves the timers of this process that only it can reach to a new mapping. The supervisor calls dc_rearm (wait.S) on
// a stopped thread, while other threads' timer calls wait (timer_snapshot).
#include "timers.h"

struct change {
    struct snapshot before;
    struct snapshot after;
};

// Both as of this moment. Taken when a timer has just been read, it makes the timer's end seem later, never earlier.
static void look_at_clock(struct change* change) {
    read_clock(&change->after);
    change->before.real_ns = change->after.real_ns;
    // A deadline under the old mapping may lie before virtual now, and is then due at once.
    change->before.virtual_ns = change->after.virtual_ns;
}

static int64_t moved(struct change* change, int64_t real_left) {
    look_at_clock(change);
    return timer_left_to_real(&change->after, timer_left_to_virtual(&change->before, real_left));
}

static int64_t moved_interval(const struct change* change, int64_t real_interval) {
    int64_t interval = dc_interval_to_virtual(&change->before.mapping, real_interval);
    return real_interval == 0 ? 0 : dc_interval_to_real(&change->after.mapping, interval > 0 ? interval : 1);
}

static void rearm_itimer(struct change* change) {
    struct k_itimerval timer;
    if (sys2(__NR_getitimer, ITIMER_REAL, address_of(&timer)) != 0) return;
    if (timer.value.sec == 0 && timer.value.usec == 0) return;
    timer.value = to_timeval_up(moved(change, timeval_ns(&timer.value)));
    timer.interval = to_timeval_up(moved_interval(change, timeval_ns(&timer.interval)));
    sys3(__NR_setitimer, ITIMER_REAL, address_of(&timer), 0);
}

static void rearm_posix_timer(struct change* change, uint64_t id) {
    struct k_itimerspec timer;
    if (sys2(__NR_timer_gettime, id, address_of(&timer)) != 0) return;  // deleted since
    if (timer.value.sec == 0 && timer.value.nsec == 0) return;
    timer.value = to_timespec(moved(change, timespec_ns(&timer.value)));
    timer.interval = to_timespec(moved_interval(change, timespec_ns(&timer.interval)));
    sys4(__NR_timer_settime, id, 0, address_of(&timer), 0);
}

__attribute__((used)) void rearm_timers(void) {
    struct change change;
    for (unsigned i = 0; i < sizeof change.before.mapping / sizeof(uint64_t); i++) {
        ((uint64_t*)&change.before.mapping)[i] = ((const volatile uint64_t*)&clock_page()->before)[i];
    }
    look_at_clock(&change);
    rearm_itimer(&change);
    for (unsigned i = 0; i < DC_POSIX_TIMERS; i++) {
        if (state()->timer_id[i] == 0 || is_cpu_clock(state()->timer_clock[i])) continue;
        rearm_posix_timer(&change, state()->timer_id[i] - 1);
    }
}
