// CPU time: a guest that keeps its perceived processor busy sees 100 %.
#include "guest.h"

#define USEC_PER_TICK 10000  // times(2) counts USER_HZ, 100 a second
#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN ((uint64_t)-1)

// struct rusage begins with user and system time; the rest are counts.
struct k_rusage {
    struct k_timeval user;
    struct k_timeval system;
    int64_t counts[14];
};

static void scale_timeval(struct k_timeval* tv) {
    int64_t us = cpu_to_virtual(tv->sec * US_PER_SEC + tv->usec);
    *tv = (struct k_timeval){us / US_PER_SEC, us % US_PER_SEC};
}

static void scale_rusage(struct k_rusage* usage) {
    scale_timeval(&usage->user);
    scale_timeval(&usage->system);
}

long on_getrusage(struct call* c) {
    long result = pass(c);
    if (result == 0) scale_rusage(pointer_to(c->arg[1]));
    return result;
}

// The kernel writes the usage of a child it has reaped, and of no other.
long on_wait4(struct call* c) {
    long result = pass(c);
    if (result > 0) scale_rusage(pointer_to(c->arg[3]));
    return result;
}

// waitid answers 0 both for a child and, with WNOHANG, for none: only what it wrote tells. Where it cannot write, the
// child is reaped and lost, and the error is the kernel's to give before it has told of the child.
long on_waitid(struct call* c) {
    struct k_rusage usage;
    struct call own = *c;
    if (copy_in(c, &usage, c->arg[4], sizeof usage) != 0 || copy_out(c, c->arg[4], &usage, sizeof usage) != 0)
        return pass(c);
    usage.user.sec = -1;
    own.arg[4] = address_of(&usage);
    long result = pass(&own);
    if (result != 0 || usage.user.sec == -1) return result;
    scale_rusage(&usage);
    return copy_out(c, c->arg[4], &usage, sizeof usage);
}

static int64_t ticks(const struct k_timeval* tv) {
    return (tv->sec * US_PER_SEC + tv->usec) / USEC_PER_TICK;
}

long on_times(struct call* c) {
    if (c->arg[0] != 0) {
        // From rusage, in microseconds: scaled ticks would be too coarse.
        struct k_rusage self, children;
        sys2(__NR_getrusage, RUSAGE_SELF, address_of(&self));
        sys2(__NR_getrusage, RUSAGE_CHILDREN, address_of(&children));
        scale_rusage(&self);
        scale_rusage(&children);
        int64_t result[4] = {ticks(&self.user), ticks(&self.system), ticks(&children.user), ticks(&children.system)};
        if (copy_out(c, c->arg[0], result, sizeof result) != 0) return -EFAULT;
    }
    return virtual_monotonic_ns() / NS_PER_US / USEC_PER_TICK;
}

// ---- RLIMIT_CPU, in seconds ----

#define RLIM_INFINITY_VALUE (~0ul)

struct k_rlimit {
    uint64_t soft;
    uint64_t hard;
};

static uint64_t limit_to_real(uint64_t seconds) {
    if (seconds >= (uint64_t)INT64_MAX) return seconds;
    uint64_t real = (uint64_t)cpu_to_real((int64_t)seconds);
    return real >= (uint64_t)INT64_MAX ? RLIM_INFINITY_VALUE : real;
}
// Nearest, so that what was set is read back though the kernel keeps whole seconds.
static uint64_t limit_to_virtual(uint64_t seconds) {
    if (seconds >= (uint64_t)INT64_MAX / 1000) return seconds;
    return (uint64_t)(cpu_to_virtual((int64_t)seconds * 1000) + 500) / 1000;
}

static long copy_limit_in(struct call* c, uint64_t from, struct k_rlimit* limit) {
    if (copy_in(c, limit, from, sizeof *limit) != 0) return -EFAULT;
    limit->soft = limit_to_real(limit->soft);
    limit->hard = limit_to_real(limit->hard);
    return 0;
}

static long copy_limit_out(struct call* c, uint64_t to, struct k_rlimit* limit) {
    limit->soft = limit_to_virtual(limit->soft);
    limit->hard = limit_to_virtual(limit->hard);
    return copy_out(c, to, limit, sizeof *limit);
}

long on_getrlimit(struct call* c) {
    struct k_rlimit limit;
    long result = sys2(__NR_getrlimit, c->arg[0], address_of(&limit));
    return result != 0 ? result : copy_limit_out(c, c->arg[1], &limit);
}

long on_setrlimit(struct call* c) {
    struct k_rlimit limit;
    if (copy_limit_in(c, c->arg[1], &limit) != 0) return -EFAULT;
    return sys2(__NR_setrlimit, c->arg[0], address_of(&limit));
}

long on_prlimit(struct call* c) {
    struct k_rlimit wanted, previous;
    if (c->arg[2] != 0 && copy_limit_in(c, c->arg[2], &wanted) != 0) return -EFAULT;
    long result = sys4(__NR_prlimit64, c->arg[0], c->arg[1], c->arg[2] != 0 ? address_of(&wanted) : 0,
                       c->arg[3] != 0 ? address_of(&previous) : 0);
    return result != 0 || c->arg[3] == 0 ? result : copy_limit_out(c, c->arg[3], &previous);
}
