// Every futex operation that waits: time-out, wake, wrong value, past deadline, signal, on both clocks.
#include <linux/futex.h>
#include <semaphore.h>

#include "guest.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait 455
#endif

static _Alignas(64) uint32_t word, target;

enum { RELATIVE, MONOTONIC, REALTIME };

struct waiter {
    uint64_t value, address;
    uint32_t flags, reserved;
};

static long futex(uint32_t* address, int operation, uint32_t value, const void* time, uint32_t* second,
                  uint32_t third) {
    return syscall(SYS_futex, address, operation, value, time, second, third);
}

static long wait_v(const void* time, clockid_t clock, uint32_t value) {
    struct waiter waiters[2] = {{value, (uint64_t)(uintptr_t)&word, 2 | 128, 0},
                                {0, (uint64_t)(uintptr_t)&target, 2 | 128, 0}};
    return syscall(SYS_futex_waitv, waiters, 2, 0, time, clock);
}
static long wait_2(const void* time, clockid_t clock, uint32_t value) {
    return syscall(SYS_futex_wait, &word, (unsigned long)value, 0xffffffffu, 2 | 128, time, clock);
}

// One waiting operation; `value` is what it expects the word to hold.
#define OPERATION(function, call)                                       \
    static long function(const struct timespec* time, uint32_t value) { \
        (void)value;                                                    \
        return call;                                                    \
    }
OPERATION(op_wait, futex(&word, FUTEX_WAIT, value, time, NULL, 0))
OPERATION(op_wait_private, futex(&word, FUTEX_WAIT_PRIVATE, value, time, NULL, 0))
OPERATION(op_wait_realtime, futex(&word, FUTEX_WAIT_PRIVATE | FUTEX_CLOCK_REALTIME, value, time, NULL, 0))
OPERATION(op_bitset, futex(&word, FUTEX_WAIT_BITSET_PRIVATE, value, time, NULL, ~0u))
OPERATION(op_bitset_realtime, futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, value, time, NULL, ~0u))
OPERATION(op_requeue_pi, futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, value, time, &target, 0))
OPERATION(op_requeue_pi_realtime,
          futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE | FUTEX_CLOCK_REALTIME, value, time, &target, 0))
OPERATION(op_waitv, wait_v(time, CLOCK_MONOTONIC, value))
OPERATION(op_waitv_realtime, wait_v(time, CLOCK_REALTIME, value))
OPERATION(op_wait2, wait_2(time, CLOCK_MONOTONIC, value))
OPERATION(op_wait2_realtime, wait_2(time, CLOCK_REALTIME, value))
OPERATION(op_lock_pi, futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, time, NULL, 0))
OPERATION(op_lock_pi2, futex(&word, FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, 0, time, NULL, 0))
OPERATION(op_lock_pi2_realtime,
          futex(&word, FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 0, time, NULL, 0))

static const struct {
    const char* name;
    long (*wait)(const struct timespec* time, uint32_t value);
    int time;
    bool lock;
} operations[] = {
    {"wait", op_wait, RELATIVE, false},
    {"wait_private", op_wait_private, RELATIVE, false},
    {"wait_realtime", op_wait_realtime, RELATIVE, false},
    {"wait_bitset", op_bitset, MONOTONIC, false},
    {"wait_bitset_realtime", op_bitset_realtime, REALTIME, false},
    {"wait_requeue_pi", op_requeue_pi, MONOTONIC, false},
    {"wait_requeue_pi_realtime", op_requeue_pi_realtime, REALTIME, false},
    {"waitv", op_waitv, MONOTONIC, false},
    {"waitv_realtime", op_waitv_realtime, REALTIME, false},
    {"futex_wait", op_wait2, MONOTONIC, false},
    {"futex_wait_realtime", op_wait2_realtime, REALTIME, false},
    {"lock_pi", op_lock_pi, REALTIME, true},
    {"lock_pi2", op_lock_pi2, MONOTONIC, true},
    {"lock_pi2_realtime", op_lock_pi2_realtime, REALTIME, true},
};

static struct timespec deadline(int kind, int64_t ns) {
    if (kind == RELATIVE) return timespec_of(ns);
    return timespec_of(ns + clock_ns(kind == MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME));
}

// Wakes whoever waits for `word`, whatever the operation is.
static void wake(void* requeues) {
    if (requeues != NULL) {
        futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, NULL, &target, word);
        return;
    }
    futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

// Holds the PI lock in `word` for so long, or, if that is 0, until told to let go: however long a busy host takes over
// what is tried meanwhile, the lock must not be free by then.
static volatile int64_t hold_ns;
static sem_t held, let_go;
static void* hold_lock(void* unused) {
    (void)unused;
    must(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0, "FUTEX_LOCK_PI");
    sem_post(&held);
    struct timespec pause = timespec_of(hold_ns);
    if (hold_ns > 0) {
        nanosleep(&pause, NULL);
    } else {
        while (sem_wait(&let_go) != 0) continue;
    }
    must(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0, "FUTEX_UNLOCK_PI");
    return NULL;
}

static char name[128];
static const char* named(size_t which, const char* what) {
    snprintf(name, sizeof name, "%s.%s", operations[which].name, what);
    return name;
}

static void words_that_are_waited_for(size_t o) {
    uint32_t value = operations[o].lock ? 0 : 5;
    bool requeues = strstr(operations[o].name, "requeue") != NULL;
    word = value;
    target = 0;
    struct timespec time = {0, 0};
    if (operations[o].wait(&time, value) < 0 && errno == ENOSYS) {
        report(named(o, "missing"), "errno=%d", errno);
        return;
    }
    time = deadline(operations[o].time, 12 * MS);
    TIMED(named(o, "timeout"), 12 * MS, operations[o].wait(&time, value));
    time = deadline(operations[o].time, 30 * MS);
    TIMED(named(o, "other_value"), 0, operations[o].wait(&time, value + 1));
    if (operations[o].time != RELATIVE) {
        time = deadline(operations[o].time, -5 * MS);
        TIMED(named(o, "past"), 0, operations[o].wait(&time, value));
        time = (struct timespec){0, 0};
        TIMED(named(o, "zero"), 0, operations[o].wait(&time, value));
    } else {
        time = (struct timespec){0, 0};
        TIMED(named(o, "zero"), 0, operations[o].wait(&time, value));
    }
    for (int bounded = 0; bounded < 2; bounded++) {
        struct later waker;
        int64_t start = now_ns();
        time = deadline(operations[o].time, 40 * MS);
        later(&waker, 8 * MS, wake, requeues ? &word : NULL);
        TIMED_FROM(start, named(o, bounded ? "woken" : "woken_unbounded"), 8 * MS,
                   operations[o].wait(bounded ? &time : NULL, value));
        later_join(&waker);
        target = 0;  // requeueing may have taken the lock
    }
    // A signal: with a timeout it always ends the wait; whether it is restarted depends on the operation.
    static const int flags[] = {0, SA_RESTART};
    for (size_t f = 0; f < LENGTH(flags); f++) {
        handle(SIGALRM, flags[f]);
        int64_t start = now_ns();
        time = deadline(operations[o].time, 16 * MS);
        alarm_after(6 * MS);
        // The test compares the duration with the native one: 6 or 16 ms.
        errno = 0;
        long ret = operations[o].wait(&time, value);
        int error = errno;
        int64_t took = now_ns() - start;
        report(named(o, flags[f] ? "signal_restart" : "signal"), "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d",
               (long long)took, (error == EINTR ? 6 : 16) * MS, ret, ret < 0 ? error : 0);
    }
}

static void locks_that_are_held(size_t o) {
    word = 0;
    pthread_t holder;
    hold_ns = 0;
    must(pthread_create(&holder, NULL, hold_lock, NULL) == 0, "pthread_create");
    sem_wait(&held);
    struct timespec time = deadline(operations[o].time, 12 * MS);
    TIMED(named(o, "timeout"), 12 * MS, operations[o].wait(&time, 0));
    time = deadline(operations[o].time, -5 * MS);
    TIMED(named(o, "past"), 0, operations[o].wait(&time, 0));
    handle(SIGALRM, 0);
    int64_t start = now_ns();
    alarm_after(6 * MS);
    time = deadline(operations[o].time, 16 * MS);
    errno = 0;
    long ret = operations[o].wait(&time, 0);
    report(named(o, "signal"), "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d", (long long)(now_ns() - start),
           (ret < 0 && errno == EINTR ? 6 : 16) * MS, ret, ret < 0 ? errno : 0);
    sem_post(&let_go);
    pthread_join(holder, NULL);
    hold_ns = 10 * MS;
    start = now_ns();
    must(pthread_create(&holder, NULL, hold_lock, NULL) == 0, "pthread_create");
    sem_wait(&held);
    time = deadline(operations[o].time, 50 * MS);
    TIMED_FROM(start, named(o, "handed_over"), 10 * MS, operations[o].wait(&time, 0));
    futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    time = deadline(operations[o].time, 50 * MS);
    TIMED(named(o, "free"), 0, operations[o].wait(&time, 0));
    TIMED(named(o, "own"), 0, operations[o].wait(&time, 0));
    futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    pthread_join(holder, NULL);
}

static void arguments(void) {
    struct timespec time = timespec_of(3 * MS);
    word = 5;
    TIMED("wait.unaligned", 0, futex((uint32_t*)((char*)&word + 1), FUTEX_WAIT, 5, &time, NULL, 0));
    TIMED("wait.unmapped", 0, futex((uint32_t*)8192, FUTEX_WAIT, 5, &time, NULL, 0));
    TIMED("wait.no_bits", 0, futex(&word, FUTEX_WAIT_BITSET, 5, &time, NULL, 0));
    TIMED("unknown", 0, futex(&word, 99, 5, &time, NULL, 0));
    // For operations that do not wait, the fourth argument is a number, not a time.
    TIMED("requeue.number", 0, futex(&word, FUTEX_REQUEUE, 1, (void*)1, &target, 0));
    TIMED("cmp_requeue.number", 0, futex(&word, FUTEX_CMP_REQUEUE, 1, (void*)1, &target, 5));
    TIMED("wake_op.number", 0, futex(&word, FUTEX_WAKE_OP, 1, (void*)1, &target, 0));
    TIMED("wake.pointer", 0, futex(&word, FUTEX_WAKE, 1, (void*)1, NULL, 0));
    TIMED("trylock_pi.pointer", 0, futex(&target, FUTEX_TRYLOCK_PI, 0, (void*)1, NULL, 0));
    TIMED("unlock_pi.pointer", 0, futex(&target, FUTEX_UNLOCK_PI, 0, (void*)1, NULL, 0));
    struct waiter one = {5, (uint64_t)(uintptr_t)&word, 2 | 128, 0};
    time = deadline(MONOTONIC, 3 * MS);
    TIMED("waitv.none", 0, syscall(SYS_futex_waitv, &one, 0, 0, &time, CLOCK_MONOTONIC));
    TIMED("waitv.many", 0, syscall(SYS_futex_waitv, &one, 129, 0, &time, CLOCK_MONOTONIC));
    TIMED("waitv.flags", 0, syscall(SYS_futex_waitv, &one, 1, 1, &time, CLOCK_MONOTONIC));
    TIMED("waitv.clock", 0, syscall(SYS_futex_waitv, &one, 1, 0, &time, CLOCK_BOOTTIME));
    TIMED("waitv.clock_unused", 0, syscall(SYS_futex_waitv, &one, 0, 0, NULL, 77));
    TIMED("waitv.pointer", 0, syscall(SYS_futex_waitv, (void*)8192, 1, 0, &time, CLOCK_MONOTONIC));
    one.flags = 0x1000;
    TIMED("waitv.waiter_flags", 0, syscall(SYS_futex_waitv, &one, 1, 0, &time, CLOCK_MONOTONIC));
}

int main(void) {
    sem_init(&held, 0, 0);
    sem_init(&let_go, 0, 0);
    guest_begin();
    for (size_t o = 0; o < LENGTH(operations); o++)
        if (operations[o].lock)
            locks_that_are_held(o);
        else
            words_that_are_waited_for(o);
    arguments();
    return guest_end();
}
