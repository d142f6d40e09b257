// Kernel timers: timerfd, POSIX timers, setitimer and alarm. The kernel keeps them in real time; the guest sees
// virtual.
#include "guest.h"

#include "timers.h"

// ---- Conversions ----

void timer_snapshot(struct snapshot* now) {
    const volatile struct dc_clock_page* page = clock_page();
    // FUTEX_WAIT in slices: should the supervisor die while it re-arms, the guest goes on.
    struct k_timespec slice = {0, 100 * NS_PER_MS};
    for (int i = 0; page->rearming != 0 && i < 20; i++) {
        sys4(__NR_futex, address_of(&page->rearming), 0, 1, address_of(&slice));
    }
    read_clock(now);
}

// The host's `clock` when virtual `clock` shows value_ns. A moment that is past stays as far past: a periodic timer
// counts what it missed and keeps its phase.
static int64_t absolute_to_real(const struct dc_mapping* m, int clock, int64_t value_ns) {
    int64_t moment = moment_of(clock, value_ns);
    int64_t real;
    if (moment >= m->virtual_base_ns)
        real = dc_real_at(m, moment);
    else
        real = dc_saturated_add(m->real_base_ns, -dc_scale_up(m->virtual_base_ns - moment, m->nominal_rate));
    if (real == DC_NS_MAX) return real;
    if (clock != CLOCK_MONOTONIC) real = dc_saturated_add(real, host_offset_ns(clock));
    return real > 0 ? real : 1;
}

int64_t timer_left_to_real(const struct snapshot* now, int64_t left_ns) {
    if (now->mapping.rate != 0) return dc_scale_up(left_ns, now->mapping.rate);
    return dc_real_at(&now->mapping, dc_saturated_add(now->mapping.virtual_base_ns, left_ns)) - now->real_ns;
}

int64_t timer_left_to_virtual(const struct snapshot* now, int64_t left_ns) {
    int64_t deadline;
    if (left_ns == 0) return 0;  // not armed
    deadline = dc_deadline_at(&now->mapping, dc_saturated_add(now->real_ns, left_ns));
    return deadline > now->virtual_ns ? deadline - now->virtual_ns : 1;
}

static void to_real(const struct snapshot* now, int clock, int absolute, struct k_itimerspec* spec) {
    int64_t value = timespec_ns(&spec->value), interval = timespec_ns(&spec->interval);
    if (is_cpu_clock(clock)) {
        value = cpu_to_real(value);
        interval = cpu_to_real(interval);
    } else if (value != 0) {
        value = absolute ? absolute_to_real(&now->mapping, clock, value) : timer_left_to_real(now, value);
        interval = dc_interval_to_real(&now->mapping, interval);
    }
    spec->value = to_timespec(value);
    spec->interval = to_timespec(interval);
}

static void to_virtual(const struct snapshot* now, int clock, struct k_itimerspec* spec) {
    int64_t value = timespec_ns(&spec->value), interval = timespec_ns(&spec->interval);
    if (is_cpu_clock(clock)) {
        interval = cpu_to_virtual(interval);
        if (value != 0) value = cpu_to_virtual(value) > 0 ? cpu_to_virtual(value) : 1;
    } else {
        interval = dc_interval_to_virtual(&now->mapping, interval);
        value = timer_left_to_virtual(now, value);
    }
    spec->value = to_timespec(value);
    spec->interval = to_timespec(interval);
}

static int valid_spec(const struct k_itimerspec* spec) {
    return valid_timespec(&spec->value) && valid_timespec(&spec->interval);
}

// ---- Setting and reading a timer by id or descriptor ----

// timerfd_settime and timer_settime, timerfd_gettime and timer_gettime have the same arguments.
static long set_timer(struct call* c, int clock, const struct k_itimerspec* wanted) {
    struct k_itimerspec real, previous;
    struct snapshot now;
    long result;
    do {
        timer_snapshot(&now);
        real = *wanted;
        to_real(&now, clock, (c->arg[1] & TIMER_ABSTIME) != 0, &real);
        uint64_t args[6] = {c->arg[0], c->arg[1] & TIMER_ABSTIME, address_of(&real), address_of(&previous), 0, 0};
        result = dc_wait(c->nr, args, now.generation);
    } while (result == -DC_KICKED);
    if (result != 0 || c->arg[3] == 0) return result;
    to_virtual(&now, clock, &previous);
    return copy_out(c, c->arg[3], &previous, sizeof previous);
}

static long get_timer(struct call* c, int clock) {
    struct k_itimerspec spec;
    struct snapshot now;
    long result;
    do {
        timer_snapshot(&now);
        uint64_t args[6] = {c->arg[0], address_of(&spec), 0, 0, 0, 0};
        result = dc_wait(c->nr, args, now.generation);
    } while (result == -DC_KICKED);
    if (result != 0) return result;
    to_virtual(&now, clock, &spec);
    return copy_out(c, c->arg[1], &spec, sizeof spec);
}

// ---- timerfd ----

long on_timerfd_settime(struct call* c) {
    struct k_itimerspec spec;
    if (copy_in(c, &spec, c->arg[2], sizeof spec) != 0) return -EFAULT;
    if (!valid_spec(&spec) || (c->arg[1] & ~3ul) != 0) return pass(c);
    int clock = CLOCK_MONOTONIC;
    if (c->arg[1] & TIMER_ABSTIME) clock = timerfd_clock((int)c->arg[0], timespec_ns(&spec.value));
    return set_timer(c, clock, &spec);
}

long on_timerfd_gettime(struct call* c) {
    return get_timer(c, CLOCK_MONOTONIC);
}

// ---- POSIX timers ----

long on_timer_create(struct call* c) {
    long result = pass(c);
    if (result != 0) return result;
    uint32_t id = *(uint32_t*)pointer_to(c->arg[2]);  // the kernel just wrote it
    state()->timer_clock[id % DC_POSIX_TIMERS] = (int32_t)c->arg[0];
    state()->timer_id[id % DC_POSIX_TIMERS] = id + 1;
    return 0;
}

static int posix_timer_clock(uint32_t id, int64_t value_ns) {
    if (state()->timer_id[id % DC_POSIX_TIMERS] == id + 1) return state()->timer_clock[id % DC_POSIX_TIMERS];
    return guess_clock(value_ns);
}

long on_timer_settime(struct call* c) {
    struct k_itimerspec spec;
    if (copy_in(c, &spec, c->arg[2], sizeof spec) != 0) return c->arg[2] == 0 ? -EINVAL : -EFAULT;
    if (!valid_spec(&spec)) return pass(c);
    state()->timers_used = 1;
    return set_timer(c, posix_timer_clock((uint32_t)c->arg[0], timespec_ns(&spec.value)), &spec);
}

long on_timer_gettime(struct call* c) {
    return get_timer(c, posix_timer_clock((uint32_t)c->arg[0], 0));
}

// ---- setitimer and alarm ----

// Microseconds; a timer still armed is never shown as 0.
static struct k_timeval left_as_timeval(const struct k_timespec* ts) {
    struct k_timeval tv = {ts->sec, ts->nsec / NS_PER_US};
    if (tv.sec == 0 && tv.usec == 0 && ts->nsec != 0) tv.usec = 1;
    return tv;
}

// ITIMER_VIRTUAL and ITIMER_PROF count CPU time.
static int itimer_clock(uint64_t which) {
    return which == ITIMER_REAL ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
}

static void itimer_to_virtual(const struct snapshot* now, uint64_t which, struct k_itimerval* timer) {
    struct k_itimerspec spec = {to_timespec(timeval_ns(&timer->interval)), to_timespec(timeval_ns(&timer->value))};
    to_virtual(now, itimer_clock(which), &spec);
    timer->interval = left_as_timeval(&spec.interval);
    timer->value = left_as_timeval(&spec.value);
}

static long set_itimer(uint64_t which, const struct k_itimerval* wanted, struct k_itimerval* previous) {
    struct k_itimerval real;
    struct snapshot now;
    long result;
    do {
        timer_snapshot(&now);
        struct k_itimerspec spec = {to_timespec(timeval_ns(&wanted->interval)),
                                    to_timespec(timeval_ns(&wanted->value))};
        to_real(&now, itimer_clock(which), 0, &spec);
        real.interval = to_timeval_up(timespec_ns(&spec.interval));
        real.value = to_timeval_up(timespec_ns(&spec.value));
        uint64_t args[6] = {which, address_of(&real), address_of(previous), 0, 0, 0};
        result = dc_wait(__NR_setitimer, args, now.generation);
    } while (result == -DC_KICKED);
    if (result == 0) itimer_to_virtual(&now, which, previous);
    if (which == ITIMER_REAL) state()->timers_used = 1;
    return result;
}

long on_setitimer(struct call* c) {
    struct k_itimerval wanted = {{0, 0}, {0, 0}}, previous;  // a null pointer disarms, as it always has
    if (c->arg[1] != 0 && copy_in(c, &wanted, c->arg[1], sizeof wanted) != 0) return -EFAULT;
    if (!valid_timeval(&wanted.value) || !valid_timeval(&wanted.interval) || c->arg[0] > 2) return -EINVAL;
    long result = set_itimer(c->arg[0], &wanted, &previous);
    if (result != 0 || c->arg[2] == 0) return result;
    return copy_out(c, c->arg[2], &previous, sizeof previous);
}

long on_getitimer(struct call* c) {
    struct k_itimerval timer;
    struct snapshot now;
    long result;
    do {
        timer_snapshot(&now);
        uint64_t args[6] = {c->arg[0], address_of(&timer), 0, 0, 0, 0};
        result = dc_wait(__NR_getitimer, args, now.generation);
    } while (result == -DC_KICKED);
    if (result != 0) return result;
    itimer_to_virtual(&now, c->arg[0], &timer);
    return copy_out(c, c->arg[1], &timer, sizeof timer);
}

long on_alarm(struct call* c) {
    struct k_itimerval wanted = {{0, 0}, {(uint32_t)c->arg[0], 0}}, previous;
    long result = set_itimer(ITIMER_REAL, &wanted, &previous);
    if (result != 0) return result;
    // Rounded as alarm_setitimer does: never 0 while an alarm is pending, else to the nearest second.
    int64_t sec = previous.value.sec;
    if ((sec == 0 && previous.value.usec != 0) || previous.value.usec >= US_PER_SEC / 2) sec++;
    return sec;
}
