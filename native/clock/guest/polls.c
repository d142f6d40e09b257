// select, poll and epoll. Where the real timeout fits, the guest's own system call is made: a program in a sandbox of
// its own may not be allowed another.
#include "guest.h"

#define INT_MAX 2147483647

// Writes back what is left, as select, pselect6 and ppoll do. The kernel ignores it if that cannot be written.
static void write_left(const struct wait* w, uint64_t to, int as_timeval) {
    int64_t real_left = as_timeval ? timeval_ns(&w->time.tv) : timespec_ns(&w->time.ts);
    struct k_timespec ts = to_timespec(wait_left_ns(w, real_left));
    if (as_timeval) ts.nsec /= NS_PER_US;
    copy_out(w->call, to, &ts, sizeof ts);
}

// The kernel clears the sets of a select that timed out. Should it have timed out under a mapping that is gone, the
// wait goes on, with the sets as they were. Larger sets than libc's end early in that case.
#define SAVED_SETS_BITS 1024u
struct saved_sets {
    int saved;
    uint64_t words[3][SAVED_SETS_BITS / 64];
};

static void save_or_restore_sets(struct wait* w) {
    struct saved_sets* sets = w->own;
    size_t size = (w->call->arg[0] + 63) / 64 * 8;
    if (w->call->arg[0] > SAVED_SETS_BITS) return;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t set = w->call->arg[1 + i];
        if (set == 0 || size == 0) continue;
        if (sets->saved)
            copy_out(w->call, set, sets->words[i], size);
        else if (copy_in(w->call, sets->words[i], set, size) != 0)
            return;  // the kernel will say EFAULT
    }
    sets->saved = 1;
}

// ---- select ----

static void prepare_select(struct wait* w, int64_t real_ns) {
    save_or_restore_sets(w);
    w->time.tv = to_timeval_up(real_ns);
    w->arg[4] = address_of(&w->time.tv);
}

long on_select(struct call* c) {
    struct k_timeval tv;
    if (copy_in(c, &tv, c->arg[4], sizeof tv) != 0) return -EFAULT;
    // Whole seconds in tv_usec are fine with the kernel; a negative sum is not.
    struct k_timespec ts = {tv.sec + tv.usec / US_PER_SEC, tv.usec % US_PER_SEC * NS_PER_US};
    if (!valid_timespec(&ts)) return -EINVAL;
    if (ts.sec == 0 && ts.nsec == 0) return pass(c);
    struct saved_sets sets;
    sets.saved = 0;
    struct wait w = {.call = c, .own = &sets, .prepare = prepare_select, .duration_ns = timespec_ns(&ts)};
    long result = wait_until_done(&w);
    write_left(&w, c->arg[4], 1);
    return result;
}

static void prepare_pselect(struct wait* w, int64_t real_ns) {
    save_or_restore_sets(w);
    w->time.ts = to_timespec(real_ns);
    w->arg[4] = address_of(&w->time.ts);
}

long on_pselect(struct call* c) {
    struct k_sigset_argument set;
    uint64_t mask;
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
    if (c->arg[4] == 0) return pass(&own);
    struct k_timespec ts;
    if (copy_in(c, &ts, c->arg[4], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    if (ts.sec == 0 && ts.nsec == 0) return pass(&own);
    struct saved_sets sets;
    sets.saved = 0;
    struct wait w = {.call = &own, .own = &sets, .prepare = prepare_pselect, .duration_ns = timespec_ns(&ts)};
    long result = wait_until_done(&w);
    write_left(&w, c->arg[4], 0);
    return result;
}

// ---- poll ----

static int whole_milliseconds(int64_t ns) {
    return ns % NS_PER_MS == 0 && ns / NS_PER_MS <= INT_MAX;
}

static void prepare_poll(struct wait* w, int64_t real_ns) {
    if (whole_milliseconds(real_ns)) {
        w->arg[2] = (uint64_t)(real_ns / NS_PER_MS);
        return;
    }
    w->nr = __NR_ppoll;
    w->time.ts = to_timespec(real_ns);
    w->arg[2] = address_of(&w->time.ts);
    w->arg[3] = 0;
}

long on_poll(struct call* c) {
    struct wait w = {.call = c, .prepare = prepare_poll, .duration_ns = (int32_t)c->arg[2] * NS_PER_MS};
    return wait_until_done(&w);
}

static void prepare_ppoll(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[2] = address_of(&w->time.ts);
}

// Replaces a mask argument by a copy less the kept signals. Anything but the kernel's mask size is its to refuse.
static long own_mask(struct call* own, unsigned index, uint64_t* mask) {
    if (own->arg[index] == 0 || own->arg[index + 1] != K_SIGSET_SIZE) return 0;
    long error = copy_mask(own, own->arg[index], mask);
    if (error != 0) return error;
    own->arg[index] = address_of(mask);
    return 0;
}

long on_ppoll(struct call* c) {
    uint64_t mask;
    struct call own = *c;
    struct k_timespec ts = {0, 0};
    if (c->arg[2] != 0 && copy_in(c, &ts, c->arg[2], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    long error = own_mask(&own, 3, &mask);
    if (error != 0) return error;
    if (c->arg[2] == 0 || (ts.sec == 0 && ts.nsec == 0)) return pass(&own);
    struct wait w = {.call = &own, .prepare = prepare_ppoll, .duration_ns = timespec_ns(&ts)};
    long result = wait_until_done(&w);
    write_left(&w, c->arg[2], 0);
    return result;
}

// ---- epoll ----

// epoll_wait, epoll_pwait: milliseconds if they are exact, or epoll_pwait2's nanoseconds.
static void prepare_epoll(struct wait* w, int64_t real_ns) {
    if (whole_milliseconds(real_ns)) {
        w->arg[3] = (uint64_t)(real_ns / NS_PER_MS);
        return;
    }
    if (w->nr == __NR_epoll_wait) w->arg[4] = w->arg[5] = 0;
    w->nr = __NR_epoll_pwait2;
    w->time.ts = to_timespec(real_ns);
    w->arg[3] = address_of(&w->time.ts);
}

// Kernels before 5.11 have no epoll_pwait2: milliseconds rounded up, the longest sleep in several parts.
static void prepare_old_epoll(struct wait* w, int64_t real_ns) {
    int64_t ms = real_ns / NS_PER_MS + (real_ns % NS_PER_MS != 0);
    w->arg[3] = (uint64_t)(ms < INT_MAX ? ms : INT_MAX);
}

static long wait_epoll(struct wait* w) {
    long result = wait_until_done(w);
    if (result != -ENOSYS) return result;
    w->prepare = prepare_old_epoll;
    do {
        result = wait_until_done(w);
        w->duration_ns = wait_remaining_ns(w);
    } while (result == 0 && w->duration_ns > 0);
    return result;
}

long on_epoll_wait(struct call* c) {
    struct wait w = {.call = c, .prepare = prepare_epoll, .duration_ns = (int32_t)c->arg[3] * NS_PER_MS};
    return wait_epoll(&w);
}

long on_epoll_pwait(struct call* c) {
    uint64_t mask;
    struct call own = *c;
    long error = own_mask(&own, 4, &mask);
    if (error != 0) return error;
    int32_t ms = (int32_t)c->arg[3];
    if (ms <= 0) return pass(&own);
    struct wait w = {.call = &own, .prepare = prepare_epoll, .duration_ns = ms * NS_PER_MS};
    return wait_epoll(&w);
}

static void prepare_epoll_pwait2(struct wait* w, int64_t real_ns) {
    w->time.ts = to_timespec(real_ns);
    w->arg[3] = address_of(&w->time.ts);
}

long on_epoll_pwait2(struct call* c) {
    uint64_t mask;
    struct call own = *c;
    struct k_timespec ts = {0, 0};
    if (c->arg[3] != 0 && copy_in(c, &ts, c->arg[3], sizeof ts) != 0) return -EFAULT;
    if (!valid_timespec(&ts)) return -EINVAL;
    long error = own_mask(&own, 4, &mask);
    if (error != 0) return error;
    if (c->arg[3] == 0 || (ts.sec == 0 && ts.nsec == 0)) return pass(&own);
    struct wait w = {.call = &own, .prepare = prepare_epoll_pwait2, .duration_ns = timespec_ns(&ts)};
    return wait_until_done(&w);
}
