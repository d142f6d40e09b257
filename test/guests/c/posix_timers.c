// timer_create and its kin: signals to the process or a thread, absolute, periodic, overrun, old values, CPU clocks.
#include "guest.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
#ifndef SIGEV_THREAD_ID
#define SIGEV_THREAD_ID 4
#endif

static const struct {
    const char* name;
    clockid_t id;
} clocks[] = {
    {"realtime", CLOCK_REALTIME}, {"monotonic", CLOCK_MONOTONIC}, {"boottime", CLOCK_BOOTTIME}, {"tai", CLOCK_TAI}};

static char name[128];
static const char* named(const char* what, const char* which) {
    snprintf(name, sizeof name, "%s.%s", what, which);
    return name;
}

// Raw calls: musl offers no SIGEV_THREAD_ID, and glibc wraps timer ids.
typedef int kernel_timer;

static int create(clockid_t clock, int notify, int number, pid_t tid, kernel_timer* timer) {
    struct {
        long value;
        int signo, notify, tid, pad[11];
    } event = {42, number, notify, tid, {0}};
    return (int)syscall(SYS_timer_create, clock, &event, timer);
}

static int set(kernel_timer timer, int flags, int64_t value_ns, int64_t interval_ns, struct itimerspec* old) {
    struct itimerspec time = {timespec_of(interval_ns), timespec_of(value_ns)};
    return (int)syscall(SYS_timer_settime, timer, flags, &time, old);
}

static sigset_t signals;

// Waits for SIGUSR1, 200 ms at most.
static int wait_signal(siginfo_t* info) {
    struct timespec limit = timespec_of(200 * MS);
    memset(info, 0, sizeof *info);
    return sigtimedwait(&signals, info, &limit);
}

static void one_clock(size_t c) {
    clockid_t clock = clocks[c].id;
    const char* on = clocks[c].name;
    kernel_timer timer;
    siginfo_t info;
    must(create(clock, SIGEV_SIGNAL, SIGUSR1, 0, &timer) == 0, "timer_create");
    int64_t start = now_ns();
    must(set(timer, 0, 14 * MS, 0, NULL) == 0, "timer_settime");
    TIMED_FROM(start, named("relative", on), 14 * MS, wait_signal(&info));
    report(named("info", on), "signo=%d code=%d value=%d overrun=%d", info.si_signo, info.si_code,
           info.si_value.sival_int, info.si_overrun);
    start = now_ns();
    must(set(timer, TIMER_ABSTIME, clock_ns(clock) + 14 * MS, 0, NULL) == 0, "timer_settime");
    TIMED_FROM(start, named("absolute", on), 14 * MS, wait_signal(&info));
    start = now_ns();
    must(set(timer, TIMER_ABSTIME, clock_ns(clock) - 14 * MS, 0, NULL) == 0, "timer_settime");
    TIMED_FROM(start, named("absolute_past", on), 0, wait_signal(&info));

    start = now_ns();
    must(set(timer, 0, 10 * MS, 5 * MS, NULL) == 0, "timer_settime");
    int64_t armed = now_ns();
    TIMED_FROM(start, named("first", on), 10 * MS, wait_signal(&info));
    // Missed periods are counted as overruns of the one signal that is pending.
    long counted = 1 + syscall(SYS_timer_getoverrun, timer);
    while (counted < 5) {
        wait_signal(&info);
        counted += 1 + syscall(SYS_timer_getoverrun, timer);
    }
    report(named("fifth", on), "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 30 * MS);
    struct timespec pause = timespec_of(27500 * US);
    nanosleep(&pause, NULL);
    long least = (now_ns() - armed - 100 * US - 5 * MS) / (5 * MS);
    wait_signal(&info);
    counted += 1 + syscall(SYS_timer_getoverrun, timer);
    long most = (now_ns() - start - 5 * MS) / (5 * MS);
    check(named("overrun", on), counted >= least && counted <= most, "%ld counted, %ld to %ld due", counted, least,
          most);

    struct itimerspec value, old;
    start = now_ns();
    must(set(timer, 0, 50 * MS, 7 * MS, NULL) == 0, "timer_settime");
    pause = timespec_of(10 * MS);
    nanosleep(&pause, NULL);
    must(syscall(SYS_timer_gettime, timer, &value) == 0, "timer_gettime");
    report(named("left", on), "perceived_ns=%lld expected_ns=%lld",
           (long long)(now_ns() - start + ns_of(value.it_value)), 50 * MS);
    report(named("interval", on), "value=%lld", (long long)ns_of(value.it_interval));
    must(set(timer, 0, 0, 0, &old) == 0, "timer_settime");
    report(named("old", on), "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start + ns_of(old.it_value)),
           50 * MS);
    report(named("old_interval", on), "value=%lld", (long long)ns_of(old.it_interval));
    syscall(SYS_timer_gettime, timer, &value);
    report(named("disarmed", on), "value=%lld interval=%lld", (long long)ns_of(value.it_value),
           (long long)ns_of(value.it_interval));
    static const int64_t far[] = {10 * SEC, 100000 * SEC, 4000000000ll * SEC, INT64_MAX};
    for (size_t i = 0; i < LENGTH(far); i++) {
        char what[32];
        snprintf(what, sizeof what, "far.%zu", i);
        int ret = set(timer, 0, far[i], 0, NULL);
        syscall(SYS_timer_gettime, timer, &value);
        bool good = far[i] < 1000000 * SEC ? ns_of(value.it_value) <= far[i] && ns_of(value.it_value) > far[i] - SEC
                                           : value.it_value.tv_sec > 300000000;
        report(named(what, on), "ret=%d ok=%d # %lld left", ret, good, (long long)value.it_value.tv_sec);
    }
    must(syscall(SYS_timer_delete, timer) == 0, "timer_delete");
    errno = 0;
    int ret = set(timer, 0, MS, 0, NULL);
    report(named("deleted", on), "ret=%d errno=%d", ret, errno);
    struct timespec none = {0, 0};
    while (sigtimedwait(&signals, &info, &none) > 0) {
    }
}

// ---- Notification -------------------------------------------------------------------------------------------------

static volatile pid_t handled_by;
static void note_thread(int number) {
    (void)number;
    signals_seen = signals_seen + 1;
    handled_by = (pid_t)syscall(SYS_gettid);
}

static pid_t other_tid;
static void* take_signals(void* unused) {
    (void)unused;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    __atomic_store_n(&other_tid, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    int64_t start = now_ns();
    struct timespec pause = timespec_of(100 * MS);
    TIMED_FROM(start, "thread.interrupted", 20 * MS, nanosleep(&pause, NULL));
    return NULL;
}

static void to_a_thread(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_thread;
    sigaction(SIGUSR2, &action, NULL);
    pthread_t thread;
    kernel_timer timer;
    signals_seen = 0;
    pthread_create(&thread, NULL, take_signals, NULL);
    struct timespec pause = timespec_of(5 * MS);
    while (__atomic_load_n(&other_tid, __ATOMIC_SEQ_CST) == 0) nanosleep(&(struct timespec){0, 100000}, NULL);
    must(create(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR2, other_tid, &timer) == 0, "timer_create");
    set(timer, 0, 20 * MS, 0, NULL);
    nanosleep(&pause, NULL);
    pthread_join(thread, NULL);
    check("thread.right_one", signals_seen == 1 && handled_by == other_tid, "%d signals, thread %d of %d",
          (int)signals_seen, handled_by, other_tid);
    syscall(SYS_timer_delete, timer);
    must(create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, &timer) == 0, "timer_create");
    int64_t start = now_ns();
    set(timer, 0, 20 * MS, 0, NULL);
    pause = timespec_of(5 * MS);
    nanosleep(&pause, NULL);
    struct itimerspec value;
    syscall(SYS_timer_gettime, timer, &value);
    report("none.left", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start + ns_of(value.it_value)),
           20 * MS);
    nanosleep(&(struct timespec){0, 20 * MS}, NULL);
    syscall(SYS_timer_gettime, timer, &value);
    report("none.expired", "left=%lld", (long long)ns_of(value.it_value));
    syscall(SYS_timer_delete, timer);
}

static volatile int threads_called;
static void in_a_thread(union sigval value) {
    if (value.sival_int == 7) __atomic_fetch_add(&threads_called, 1, __ATOMIC_SEQ_CST);
}

// The C library's own: a helper thread calls the function.
static void by_the_library(void) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = in_a_thread;
    event.sigev_value.sival_int = 7;
    timer_t timer;
    must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create SIGEV_THREAD");
    struct itimerspec time = {timespec_of(5 * MS), timespec_of(5 * MS)};
    timer_settime(timer, 0, &time, NULL);
    int64_t start = now_ns();
    while (__atomic_load_n(&threads_called, __ATOMIC_SEQ_CST) < 4 && now_ns() - start < 500 * MS)
        nanosleep(&(struct timespec){0, 200000}, NULL);
    report("sigev_thread.four", "perceived_ns=%lld expected_ns=%lld late_ns=%lld", (long long)(now_ns() - start),
           20 * MS - 100 * US, 2 * MS);
    timer_delete(timer);
}

// ---- CPU clocks ---------------------------------------------------------------------------------------------------

static void cpu_clocks(void) {
    static const struct {
        const char* name;
        clockid_t id;
        int flags;
    } cases[] = {{"cpu.process", CLOCK_PROCESS_CPUTIME_ID, 0},
                 {"cpu.process_absolute", CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME},
                 {"cpu.thread", CLOCK_THREAD_CPUTIME_ID, 0}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kernel_timer timer;
        must(create(cases[i].id, SIGEV_SIGNAL, SIGUSR2, 0, &timer) == 0, "timer_create");
        signals_seen = 0;
        int64_t before = clock_ns(cases[i].id);
        set(timer, cases[i].flags, 20 * MS + (cases[i].flags ? before : 0), 0, NULL);
        while (!signals_seen && clock_ns(cases[i].id) - before < 400 * MS) {
        }
        int64_t used = clock_ns(cases[i].id) - before;
        report(cases[i].name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld count=%d", (long long)used, 20 * MS,
               12 * MS, (int)signals_seen);
        struct itimerspec value;
        before = clock_ns(cases[i].id);
        set(timer, 0, 10 * SEC, 3 * SEC, NULL);
        int64_t end = before + 10 * MS;
        while (clock_ns(cases[i].id) < end) {
        }
        syscall(SYS_timer_gettime, timer, &value);
        report(named(cases[i].name, "left"),
               "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld interval=%lld",
               (long long)(clock_ns(cases[i].id) - before + ns_of(value.it_value)), 10 * SEC, 10 * US, 12 * MS,
               (long long)ns_of(value.it_interval));
        syscall(SYS_timer_delete, timer);
    }
}

static void arguments(void) {
    kernel_timer timer;
    static const clockid_t others[] = {CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, -1, 12, 99};
    for (size_t i = 0; i < LENGTH(others); i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", others[i]);
        errno = 0;
        int ret = create(others[i], SIGEV_SIGNAL, SIGUSR1, 0, &timer);
        report(named("create", number), "ret=%d errno=%d", ret, errno);
    }
    errno = 0;
    int ret = create(CLOCK_MONOTONIC, 77, SIGUSR1, 0, &timer);
    report("create.notify", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 99, 0, &timer);
    report("create.signal", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = (int)syscall(SYS_timer_create, CLOCK_MONOTONIC, (void*)8, &timer);
    report("create.event_pointer", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = (int)syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, (void*)8);
    report("create.id_pointer", "ret=%d errno=%d", ret, errno);
    must(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer) == 0, "timer_create without event");
    static const struct timespec values[] = {{-1, 0}, {0, -1}, {0, 1000000000}, {-1, 999999999}};
    for (size_t i = 0; i < LENGTH(values); i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        struct itimerspec time = {{0, 0}, values[i]}, interval = {values[i], {1, 0}};
        errno = 0;
        ret = (int)syscall(SYS_timer_settime, timer, 0, &time, NULL);
        report(named("settime.value", number), "ret=%d errno=%d", ret, errno);
        errno = 0;
        ret = (int)syscall(SYS_timer_settime, timer, 0, &interval, NULL);
        report(named("settime.interval", number), "ret=%d errno=%d", ret, errno);
    }
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* bad[] = {NULL, (void*)8, sealed};
    struct itimerspec time = {{0, 0}, {10, 0}};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        errno = 0;
        ret = (int)syscall(SYS_timer_settime, timer, 0, bad[i], NULL);
        report(named("settime.pointer", number), "ret=%d errno=%d", ret, errno);
        errno = 0;
        ret = (int)syscall(SYS_timer_settime, timer, 0, &time, bad[i]);
        report(named("settime.old_pointer", number), "ret=%d errno=%d", ret, errno);
        errno = 0;
        ret = (int)syscall(SYS_timer_gettime, timer, bad[i]);
        report(named("gettime.pointer", number), "ret=%d errno=%d", ret, errno);
    }
    errno = 0;
    ret = set(timer, 0x76, 10 * SEC, 0, NULL);
    report("settime.flags", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = set(12345, 0, SEC, 0, NULL);
    report("settime.unknown", "ret=%d errno=%d", ret, errno);
    syscall(SYS_timer_delete, timer);
    // Timers are not inherited by a child, and its own start from none.
    must(create(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR1, 0, &timer) == 0, "timer_create");
    pid_t child = fork();
    if (child == 0) {
        struct itimerspec value;
        errno = 0;
        long in_child = syscall(SYS_timer_gettime, timer, &value);
        report("child", "ret=%ld errno=%d", in_child, errno);
        kernel_timer own;
        int made = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0, &own);
        siginfo_t info;
        int64_t start = now_ns();
        set(own, 0, 8 * MS, 0, NULL);
        TIMED_FROM(start, "child.own", 8 * MS, wait_signal(&info));
        report("child.made", "ret=%d", made);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

// A process may have many, each on its own clock.
static void many(void) {
    enum { MANY = 600 };
    static kernel_timer timers[MANY];
    int made = 0;
    for (int i = 0; i < MANY; i++) made += create(clocks[i % 4].id, SIGEV_NONE, 0, 0, &timers[i]) == 0;
    int64_t start = now_ns();
    for (int i = 0; i < MANY; i++) set(timers[i], TIMER_ABSTIME, clock_ns(clocks[i % 4].id) + 10 * SEC, 0, NULL);
    int wrong = 0;
    int64_t armed = now_ns() - start;
    for (int i = 0; i < MANY; i++) {
        struct itimerspec value;
        syscall(SYS_timer_gettime, timers[i], &value);
        if (ns_of(value.it_value) > 10 * SEC || ns_of(value.it_value) < 9 * SEC - armed) wrong++;
    }
    report("many", "made=%d wrong=%d", made, wrong);
    for (int i = 0; i < MANY; i++) syscall(SYS_timer_delete, timers[i]);
}

int main(void) {
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    guest_begin();
    for (size_t c = 0; c < LENGTH(clocks); c++) one_clock(c);
    to_a_thread();
    by_the_library();
    cpu_clocks();
    arguments();
    many();
    return guest_end();
}
