// Waits that end at a virtual moment, however the rate changes meanwhile; and the calls that wait for one thing.
#include "guest.h"

// Frozen, a wait goes on until the supervisor's kick.
static int64_t first_real(const struct wait* w, const struct snapshot* now) {
    if (w->absolute) return dc_real_at(&now->mapping, w->deadline_ns);
    if (now->mapping.rate == 0) return DC_FROZEN_NS;
    return dc_scale_up(w->duration_ns, now->mapping.rate);
}

static int64_t next_real(const struct wait* w, const struct snapshot* now) {
    int64_t at = dc_real_at(&now->mapping, w->deadline_ns);
    if (w->absolute) return at;
    return at > now->real_ns ? at - now->real_ns : 0;
}

// The generation when nobody is writing the mapping: a writer takes the moment of its change before it raises the
// generation, and may be preempted between the two.
static uint32_t settled_generation(void) {
    const volatile struct dc_clock_page* page = clock_page();
    while (page->sequence & 1) __builtin_ia32_pause();
    return page->generation;
}

long wait_until_done(struct wait* w) {
    struct snapshot now;
    read_clock(&now);
    if (!w->absolute) w->deadline_ns = dc_saturated_add(now.virtual_ns, w->duration_ns);
    int64_t real = first_real(w, &now);
    for (;;) {
        w->nr = w->call->nr;
        for (int i = 0; i < 6; i++) w->arg[i] = w->call->arg[i];
        w->mapping = now.mapping;
        w->prepare(w, real);
        long result = dc_wait(w->nr, w->arg, now.generation);
        if (result == w->timed_out) {
            // The wait computed for this mapping is over. It is over for the guest if the mapping still holds.
            if (settled_generation() == now.generation) return result;
        } else if (result != -DC_KICKED) {
            return result;
        }
        read_clock(&now);
        if (result == w->timed_out && now.virtual_ns >= w->deadline_ns) return result;
        real = next_real(w, &now);
    }
}

int64_t wait_remaining_ns(const struct wait* w) {
    int64_t left = w->deadline_ns - virtual_monotonic_ns();
    return left > 0 ? left : 0;
}

int64_t wait_left_ns(const struct wait* w, int64_t real_left_ns) {
    if (w->mapping.rate != 0) return dc_scale_down(real_left_ns, w->mapping.rate);
    int64_t left = w->deadline_ns - w->mapping.virtual_base_ns;
    return left > 0 ? left : 0;
}

// ---- A relative or absolute timespec in one argument ----

// Most calls differ only in where the timeout stands; scratch[0] holds its index.
static void put_timespec(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[w->scratch[0]] = address_of(&w->time.ts);
}

static long wait_relative(struct call* c, unsigned index, long timed_out) {
    struct k_timespec ts;
    if (copy_in(c, &ts, c->arg[index], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return pass(c);
    struct wait w = {.call = c, .prepare = put_timespec, .timed_out = timed_out, .duration_ns = timespec_ns(&ts)};
    w.scratch[0] = index;
    return wait_until_done(&w);
}

// What the guest blocked and was sent is kept in the process state, where the kernel does not find it.
long on_sigtimedwait(struct call* c) {
    uint64_t set, info[16];
    if (c->arg[3] == K_SIGSET_SIZE && copy_in(c, &set, c->arg[0], sizeof set) == 0) {
        int signal = take_pending(set, info);
        if (signal != 0) return c->arg[1] != 0 && copy_out(c, c->arg[1], info, sizeof info) != 0 ? -EFAULT : signal;
    }
    return c->arg[2] != 0 ? wait_relative(c, 2, -EAGAIN) : pass(c);
}

long on_semtimedop(struct call* c) {
    return wait_relative(c, 3, -EAGAIN);
}

// Returns early with what it has; with nothing, its time is over.
long on_io_getevents(struct call* c) {
    return wait_relative(c, 4, 0);
}

long on_io_pgetevents(struct call* c) {
    struct k_sigset_argument set = {0, 0};
    uint64_t mask = 0;
    struct call own = *c;
    if (c->arg[5] != 0) {
        if (copy_in(c, &set, c->arg[5], sizeof set) != 0) return -EFAULT;
        if (set.mask != 0 && set.size == K_SIGSET_SIZE) {
            long error = copy_mask(c, set.mask, &mask);
            if (error != 0) return error;
            set.mask = address_of(&mask);
        }
        own.arg[5] = address_of(&set);
    }
    return c->arg[4] != 0 ? wait_relative(&own, 4, 0) : pass(&own);
}

// mq_timedsend, mq_timedreceive: an absolute CLOCK_REALTIME, which the kernel takes on no other clock.
static void put_wall_timespec(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(dc_saturated_add(real_ns, host_offset_ns(CLOCK_REALTIME)));
    w->arg[4] = address_of(&w->time.ts);
}

long on_mq_timed(struct call* c) {
    struct k_timespec ts;
    if (copy_in(c, &ts, c->arg[4], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return pass(c);
    struct wait w = {.call = c, .prepare = put_wall_timespec, .absolute = 1, .timed_out = -ETIMEDOUT};
    w.deadline_ns = moment_of(CLOCK_REALTIME, timespec_ns(&ts));
    return wait_until_done(&w);
}

// The kernel looks at recvmmsg's timeout only after each datagram, so it bounds the call's length, not the wait.
long on_recvmmsg(struct call* c) {
    if (c->arg[4] == 0) return on_recvmsg(c);
    struct k_timespec ts;
    if (copy_in(c, &ts, c->arg[4], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return pass(c);
    struct snapshot now;
    read_clock(&now);
    struct k_timespec real = to_timespec(dc_interval_to_real(&now.mapping, timespec_ns(&ts)));
    struct call own = *c;
    own.arg[4] = address_of(&real);
    long count = on_recvmsg(&own);
    if (count <= 0) return count;
    ts = to_timespec(dc_interval_to_virtual(&now.mapping, timespec_ns(&real)));
    return copy_out(c, c->arg[4], &ts, sizeof ts) != 0 ? -EFAULT : count;
}
