// The processor's cycle counter: with --tsc it runs as slowly as the guest's clock, and never steps back.
#include <stdatomic.h>
#include <x86intrin.h>

#include "guest.h"

static _Atomic uint64_t latest;
static _Atomic long steps_back;

static void* read_against_the_others(void* unused) {
    (void)unused;
    unsigned aux;
    for (int i = 0; i < 3000; i++) {
        uint64_t seen = atomic_load(&latest);
        _mm_lfence();
        uint64_t now = i % 2 ? __rdtsc() : __rdtscp(&aux);
        if (now < seen) atomic_fetch_add(&steps_back, 1);
        while (now > seen && !atomic_compare_exchange_weak(&latest, &seen, now)) {
        }
    }
    return NULL;
}

// Cycles in a second of the guest's clock.
static double frequency(bool p) {
    unsigned aux = 0;
    uint64_t before = p ? __rdtscp(&aux) : __rdtsc();
    int64_t start = now_ns();
    struct timespec pause = timespec_of(40 * MS);
    nanosleep(&pause, NULL);
    uint64_t after = p ? __rdtscp(&aux) : __rdtsc();
    return (double)(after - before) * 1e9 / (double)(now_ns() - start);
}

static void in_a_handler(int number) {
    (void)number;
    uint64_t first = __rdtsc(), second = __rdtsc();
    if (second >= first) signals_seen = signals_seen + 1;
}

int main(void) {
    guest_begin();
    // The test compares these with the native ones.
    report("rdtsc", "hertz_measured=%.0f", frequency(false));
    report("rdtscp", "hertz_measured=%.0f", frequency(true));
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, read_against_the_others, NULL);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    check("never_back", steps_back == 0, "%ld steps back", (long)steps_back);
    // Where it cannot be done by a trap: all signals blocked, and inside a handler.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    uint64_t first = __rdtsc(), second = __rdtsc();
    check("all_blocked", second >= first, "%llu", (unsigned long long)(second - first));
    sigemptyset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    signal(SIGUSR1, in_a_handler);
    raise(SIGUSR1);
    check("in_a_handler", signals_seen == 1, "%d", (int)signals_seen);
    // A child, and a program that was started from it, too.
    pid_t child = fork();
    if (child == 0) {
        report("child.rdtsc", "hertz_measured=%.0f", frequency(false));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    // A real segmentation fault is still one.
    child = fork();
    if (child == 0) {
        *(volatile int*)8 = 1;
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    report("fault", "signal=%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return guest_end();
}
