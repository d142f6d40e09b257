// nanosleep and clock_nanosleep: relative and absolute, on every clock, whole, interrupted, and resumed.
#include "guest.h"

static const struct {
    const char* name;
    clockid_t id;
} clocks[] = {
    {"realtime", CLOCK_REALTIME}, {"monotonic", CLOCK_MONOTONIC}, {"boottime", CLOCK_BOOTTIME}, {"tai", CLOCK_TAI}};

static char name[128];
static const char* named(const char* first, const char* second, const char* third) {
    snprintf(name, sizeof name, "%s.%s.%s", first, second, third);
    return name;
}

static long raw_nanosleep(int64_t ns, struct timespec* left) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_nanosleep, &time, left);
}

static long raw_clock_nanosleep(clockid_t clock, int flags, int64_t ns, struct timespec* left) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_clock_nanosleep, clock, flags, &time, left);
}

static void relative(void) {
    static const struct {
        const char* name;
        int64_t ns;
    } durations[] = {{"0", 0},    {"1ns", 1},        {"1us", US},        {"333us", 333 * US},
                     {"1ms", MS}, {"20ms", 20 * MS}, {"prime", 17654321}};
    for (size_t i = 0; i < LENGTH(durations); i++) {
        struct timespec time = timespec_of(durations[i].ns);
        TIMED(named("nanosleep", "libc", durations[i].name), durations[i].ns, nanosleep(&time, NULL));
        TIMED(named("nanosleep", "raw", durations[i].name), durations[i].ns, raw_nanosleep(durations[i].ns, NULL));
    }
    for (size_t c = 0; c < LENGTH(clocks); c++) {
        struct timespec time = timespec_of(15 * MS), left = {77, 77};
        TIMED(named("clock_nanosleep", "libc", clocks[c].name), 15 * MS,
              clock_nanosleep(clocks[c].id, 0, &time, &left));
        TIMED(named("clock_nanosleep", "raw", clocks[c].name), 15 * MS,
              raw_clock_nanosleep(clocks[c].id, 0, 15 * MS, &left));
        report(named("clock_nanosleep", "left_untouched", clocks[c].name), "sec=%ld nsec=%ld", (long)left.tv_sec,
               left.tv_nsec);
    }
    TIMED("usleep", 12 * MS, usleep(12000));
    TIMED("sleep.0", 0, sleep(0));
}

static void absolute(void) {
    for (size_t c = 0; c < LENGTH(clocks); c++) {
        int64_t start = now_ns();
        int64_t now = clock_ns(clocks[c].id);
        TIMED_FROM(start, named("absolute", "ahead", clocks[c].name), 20 * MS,
                   raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, now + 20 * MS, NULL));
        // The clock itself must have reached the deadline.
        check(named("absolute", "reached", clocks[c].name), clock_ns(clocks[c].id) >= now + 20 * MS, "by %lld ns",
              (long long)(clock_ns(clocks[c].id) - now - 20 * MS));
        TIMED(named("absolute", "now", clocks[c].name), 0,
              raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, clock_ns(clocks[c].id), NULL));
        TIMED(named("absolute", "past", clocks[c].name), 0,
              raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, now - SEC, NULL));
        TIMED(named("absolute", "zero", clocks[c].name), 0, raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, 0, NULL));
        // Any other flag bit than TIMER_ABSTIME is ignored.
        TIMED(named("absolute", "flags", clocks[c].name), 5 * MS,
              raw_clock_nanosleep(clocks[c].id, 0x100, 5 * MS, NULL));
        // Deadlines in a row do not drift.
        start = now_ns();
        now = clock_ns(clocks[c].id);
        for (int i = 1; i <= 10; i++) raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, now + i * 2 * MS, NULL);
        TIMED_FROM(start, named("absolute", "in_a_row", clocks[c].name), 20 * MS, 0);
    }
}

// `left` and the time slept add up to the whole.
static void interrupted(void) {
    static const int flags[] = {0, SA_RESTART};
    static const char* flag_names[] = {"plain", "restart"};
    for (size_t f = 0; f < LENGTH(flags); f++) {
        handle(SIGALRM, flags[f]);
        for (size_t c = 0; c <= LENGTH(clocks); c++) {
            const char* clock = c < LENGTH(clocks) ? clocks[c].name : "nanosleep";
            struct timespec left = {77, 77};
            int64_t start = now_ns();
            alarm_after(10 * MS);
            int64_t sleep_start = now_ns();
            errno = 0;
            long ret = c < LENGTH(clocks) ? raw_clock_nanosleep(clocks[c].id, 0, 40 * MS, &left)
                                          : raw_nanosleep(40 * MS, &left);
            int error = errno;
            int64_t end = now_ns();
            report(named("interrupted", flag_names[f], clock), "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d",
                   (long long)(end - start), 10 * MS, ret, error);
            report(named("left", flag_names[f], clock), "perceived_ns=%lld expected_ns=%lld",
                   (long long)(end - sleep_start + ns_of(left)), 40 * MS);
            if (c == LENGTH(clocks)) continue;
            left = (struct timespec){77, 77};
            start = now_ns();
            alarm_after(10 * MS);
            errno = 0;
            ret = raw_clock_nanosleep(clocks[c].id, TIMER_ABSTIME, clock_ns(clocks[c].id) + 40 * MS, &left);
            error = errno;
            end = now_ns();
            report(named("interrupted_absolute", flag_names[f], clock),
                   "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d sec=%ld nsec=%ld", (long long)(end - start),
                   10 * MS, ret, error, (long)left.tv_sec, left.tv_nsec);
        }
    }
    struct timespec time = timespec_of(40 * MS), left;
    alarm_after(8 * MS);
    int64_t start = now_ns();
    int ret = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left);  // returns the error itself
    int interruptions = 0;
    while (ret == EINTR) {
        interruptions++;
        if (interruptions < 3) alarm_after(8 * MS);
        time = left;
        ret = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left);
    }
    report("resumed", "perceived_ns=%lld expected_ns=%lld ret=%d interruptions=%d", (long long)(now_ns() - start),
           40 * MS, ret, interruptions);
    // sleep() tells what is left in whole seconds
    start = now_ns();
    alarm_after(10 * MS);
    unsigned seconds = sleep(3);
    report("sleep.interrupted", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 10 * MS);
    check("sleep.left", seconds == 2 || seconds == 3, "%u left", seconds);
    // the remaining time has nowhere to go: NULL, and places that cannot be written
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* gap = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* places[] = {NULL, (void*)8, sealed, gap};
    for (size_t i = 0; i < LENGTH(places); i++) {
        char which[8];
        snprintf(which, sizeof which, "%zu", i);
        start = now_ns();
        alarm_after(5 * MS);
        TIMED_FROM(start, named("left_nowhere", "nanosleep", which), 5 * MS, raw_nanosleep(20 * MS, places[i]));
        start = now_ns();
        alarm_after(5 * MS);
        TIMED_FROM(start, named("left_nowhere", "clock_nanosleep", which), 5 * MS,
                   raw_clock_nanosleep(CLOCK_MONOTONIC, 0, 20 * MS, places[i]));
        // nothing is written to it when the sleep is whole
        TIMED(named("left_nowhere", "whole", which), 3 * MS, raw_nanosleep(3 * MS, places[i]));
    }
    // A handler that never returns here: the signal is ignored, the sleep goes on.
    signal(SIGALRM, SIG_IGN);
    alarm_after(5 * MS);
    TIMED("ignored_signal", 15 * MS, raw_nanosleep(15 * MS, NULL));
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    handle(SIGALRM, 0);
    sigprocmask(SIG_BLOCK, &set, &old);
    int before = signals_seen;
    alarm_after(5 * MS);
    TIMED("blocked_signal", 15 * MS, raw_nanosleep(15 * MS, NULL));
    report("blocked_signal.pending", "count=%d", signals_seen - before);
    sigprocmask(SIG_SETMASK, &old, NULL);
    report("blocked_signal.delivered", "count=%d", signals_seen - before);
}

static void* burn_until_told(void* argument) {
    while (!__atomic_load_n((int*)argument, __ATOMIC_RELAXED)) {
    }
    return NULL;
}

// Sleeping on a CPU clock: until other threads have used that much.
static void cpu_clocks(void) {
    int stop = 0;
    pthread_t thread;
    must(pthread_create(&thread, NULL, burn_until_told, &stop) == 0, "pthread_create");
    static const int flags[] = {0, TIMER_ABSTIME};
    static const char* names[] = {"cpu.relative", "cpu.absolute"};
    for (size_t i = 0; i < LENGTH(flags); i++) {
        int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        errno = 0;
        long ret = raw_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, flags[i], 20 * MS + (flags[i] ? before : 0), NULL);
        int64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
        report(names[i], "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%ld errno=%d", (long long)used, 20 * MS,
               12 * MS, ret, ret ? errno : 0);
    }
    clockid_t of_thread;
    pthread_getcpuclockid(thread, &of_thread);
    int64_t before = clock_ns(of_thread);
    errno = 0;
    long ret = raw_clock_nanosleep(of_thread, 0, 20 * MS, NULL);
    int64_t used = clock_ns(of_thread) - before;
    report("cpu.other_thread", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%ld errno=%d", (long long)used,
           20 * MS, 12 * MS, ret, ret ? errno : 0);
    handle(SIGALRM, 0);
    struct timespec left = {77, 77};
    int64_t start = now_ns();
    before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    alarm_after(10 * MS);
    errno = 0;
    ret = raw_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, SEC, &left);
    int error = errno;
    used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
    report("cpu.interrupted", "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d", (long long)(now_ns() - start),
           10 * MS, ret, error);
    report("cpu.left", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld", (long long)(used + ns_of(left)),
           SEC, 100 * US, 12 * MS);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    // A thread's own clock cannot advance while it sleeps.
    TIMED("cpu.own_thread", 0, raw_clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, 5 * MS, NULL));
    struct timespec time = timespec_of(5 * MS);
    TIMED("cpu.own_thread.libc", 0, clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
    static const clockid_t others[] = {-1,
                                       CLOCK_MONOTONIC_RAW,
                                       CLOCK_REALTIME_COARSE,
                                       CLOCK_MONOTONIC_COARSE,
                                       CLOCK_REALTIME_ALARM,
                                       CLOCK_BOOTTIME_ALARM,
                                       10,
                                       12,
                                       99};
    for (size_t i = 0; i < LENGTH(others); i++) {
        char which[16];
        snprintf(which, sizeof which, "%d", others[i]);
        TIMED(named("clock", "other", which), 0, raw_clock_nanosleep(others[i], 0, 5 * MS, NULL));
    }
}

int main(void) {
    guest_begin();
    relative();
    absolute();
    interrupted();
    cpu_clocks();
    return guest_end();
}
