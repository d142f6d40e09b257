// setitimer, getitimer and alarm: real, virtual and profiling time, old values, rounding, periods.
#include "guest.h"

static char name[128];
static const char* named(const char* what, int number) {
    snprintf(name, sizeof name, "%s.%d", what, number);
    return name;
}

static int set(int which, int64_t value_ns, int64_t interval_ns, struct itimerval* old) {
    struct itimerval time = {timeval_of(interval_ns), timeval_of(value_ns)};
    return setitimer(which, &time, old);
}

static void wait_for_signal(void) {
    sigset_t none;
    sigemptyset(&none);
    sigdelset(&none, SIGALRM);
    sigsuspend(&none);
}

static void real(void) {
    sigset_t set_of_alarm;
    sigemptyset(&set_of_alarm);
    sigaddset(&set_of_alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &set_of_alarm, NULL);
    handle(SIGALRM, 0);
    signals_seen = 0;
    int64_t start = now_ns();
    set(ITIMER_REAL, 14 * MS, 0, NULL);
    wait_for_signal();
    report("real", "perceived_ns=%lld expected_ns=%lld count=%d", (long long)(now_ns() - start), 14 * MS,
           (int)signals_seen);
    start = now_ns();
    signals_seen = 0;
    set(ITIMER_REAL, 10 * MS, 5 * MS, NULL);
    while (signals_seen < 7) wait_for_signal();
    report("real.periodic", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 40 * MS);
    struct itimerval value, old;
    getitimer(ITIMER_REAL, &value);
    check("real.periodic.left", ns_of_timeval(value.it_value) <= 5 * MS && ns_of_timeval(value.it_value) > 0, "%lld",
          (long long)ns_of_timeval(value.it_value));
    report("real.periodic.interval", "value=%lld", (long long)ns_of_timeval(value.it_interval));
    start = now_ns();
    set(ITIMER_REAL, 50 * MS, 7 * MS, NULL);
    struct timespec pause = timespec_of(10 * MS);
    nanosleep(&pause, NULL);
    getitimer(ITIMER_REAL, &value);
    report("real.left", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld",
           (long long)(now_ns() - start + ns_of_timeval(value.it_value)), 50 * MS, US);
    set(ITIMER_REAL, 0, 0, &old);
    report("real.old", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld",
           (long long)(now_ns() - start + ns_of_timeval(old.it_value)), 50 * MS, US);
    report("real.old_interval", "value=%lld", (long long)ns_of_timeval(old.it_interval));
    getitimer(ITIMER_REAL, &value);
    report("real.disarmed", "value=%lld interval=%lld", (long long)ns_of_timeval(value.it_value),
           (long long)ns_of_timeval(value.it_interval));
    signals_seen = 0;
    set(ITIMER_REAL, 0, 5 * MS, NULL);
    nanosleep(&pause, NULL);
    sigprocmask(SIG_UNBLOCK, &set_of_alarm, NULL);
    report("real.interval_only", "count=%d", (int)signals_seen);
    // A child does not inherit it.
    set(ITIMER_REAL, 10 * SEC, 0, NULL);
    pid_t child = fork();
    if (child == 0) {
        getitimer(ITIMER_REAL, &value);
        report("real.child", "value=%lld", (long long)ns_of_timeval(value.it_value));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    set(ITIMER_REAL, 0, 0, NULL);
}

// User and profiling time: counted while the process runs.
static void cpu(void) {
    static const struct {
        const char* name;
        int which, number;
    } cases[] = {{"virtual", ITIMER_VIRTUAL, SIGVTALRM}, {"prof", ITIMER_PROF, SIGPROF}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        handle(cases[i].number, SA_RESTART);
        signals_seen = 0;
        int64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        set(cases[i].which, 40 * MS, 0, NULL);
        while (!signals_seen && clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start < 400 * MS)
            for (volatile int spin = 0; spin < 20000; spin++) {
            }
        int64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
        // The kernel splits what was used into user and system time by sampling: user time may come late.
        report(cases[i].name, "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld count=%d", (long long)used,
               40 * MS, 8 * MS, 60 * MS, (int)signals_seen);
        struct itimerval value, old;
        set(cases[i].which, 20 * SEC, 5 * SEC, NULL);
        start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start < 15 * MS) {
        }
        getitimer(cases[i].which, &value);
        int64_t left = ns_of_timeval(value.it_value);
        check(named(cases[i].name, 1), left <= 20 * SEC + 10 * MS && left > 20 * SEC - 100 * MS, "%lld left",
              (long long)left);
        set(cases[i].which, 0, 0, &old);
        left = ns_of_timeval(old.it_value);
        check(named(cases[i].name, 2), left <= 20 * SEC + 10 * MS && left > 20 * SEC - 100 * MS, "%lld left",
              (long long)left);
        int64_t interval = ns_of_timeval(value.it_interval), old_interval = ns_of_timeval(old.it_interval);
        check(named(cases[i].name, 3), interval == 5 * SEC && old_interval == 5 * SEC, "%lld %lld", (long long)interval,
              (long long)old_interval);
    }
}

static void alarms(void) {
    handle(SIGALRM, 0);
    unsigned first = alarm(100);
    unsigned second = alarm(7);
    struct itimerval value;
    getitimer(ITIMER_REAL, &value);
    report("alarm.replaced", "first=%u second=%u", first, second);
    check("alarm.getitimer", ns_of_timeval(value.it_value) <= 7 * SEC && ns_of_timeval(value.it_value) > 6 * SEC,
          "%lld", (long long)ns_of_timeval(value.it_value));
    report("alarm.cancelled", "left=%ld", syscall(SYS_alarm, 0));
    report("alarm.none", "left=%u", alarm(0));
    // What is left is rounded to the nearest second, but never to 0.
    static const struct {
        int64_t ns;
        unsigned seconds;
    } rounding[] = {{200 * MS, 1}, {700 * MS, 1}, {1400 * MS, 1}, {1700 * MS, 2}, {3300 * MS, 3}, {59900 * MS, 60}};
    for (int i = 0; i < (int)LENGTH(rounding); i++) {
        set(ITIMER_REAL, rounding[i].ns, 0, NULL);
        unsigned left = (unsigned)syscall(SYS_alarm, 0);  // musl has a rounding of its own
        report(named("alarm.rounding", i), "left=%u as_expected=%d", left, left == rounding[i].seconds);
    }
    set(ITIMER_REAL, 30 * SEC, 2 * SEC, NULL);
    unsigned left = alarm(20);
    getitimer(ITIMER_REAL, &value);
    report("alarm.ends_period", "left=%u interval=%lld", left, (long long)ns_of_timeval(value.it_interval));
    alarm(0);
    // The longest alarms there are; dilated they are cut short to what the kernel can count, 292 real years.
    static const unsigned long longest[] = {0x7fffffff, 0x80000000, 0xffffffff};
    for (int i = 0; i < (int)LENGTH(longest); i++) {
        syscall(SYS_alarm, longest[i]);
        getitimer(ITIMER_REAL, &value);
        unsigned was = (unsigned)syscall(SYS_alarm, 0);
        check(named("alarm.longest", i), was > 300000000u && value.it_value.tv_sec > 300000000, "%u", was);
    }
    signals_seen = 0;
    // ualarm is setitimer under another name.
    int64_t start = now_ns();
    ualarm(9000, 0);
    sigset_t none;
    sigemptyset(&none);
    sigsuspend(&none);
    report("ualarm", "perceived_ns=%lld expected_ns=%lld count=%d", (long long)(now_ns() - start), 9 * MS,
           (int)signals_seen);
}

static void arguments(void) {
    static const struct timeval values[] = {{-1, 0},        {0, -1}, {0, 1000000}, {-1, 999999}, {INT64_MAX, 999999},
                                            {4000000000, 0}};
    for (int i = 0; i < (int)LENGTH(values); i++) {
        struct itimerval time = {{0, 0}, values[i]}, interval = {values[i], {1000, 0}}, value;
        errno = 0;
        int ret = setitimer(ITIMER_REAL, &time, NULL);
        int error = ret < 0 ? errno : 0;
        getitimer(ITIMER_REAL, &value);
        report(named("setitimer.value", i), "ret=%d errno=%d armed=%d long=%d", ret, error,
               ns_of_timeval(value.it_value) != 0, value.it_value.tv_sec > 300000000);
        errno = 0;
        ret = setitimer(ITIMER_REAL, &interval, NULL);
        report(named("setitimer.interval", i), "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
        set(ITIMER_REAL, 0, 0, NULL);
    }
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* bad[] = {NULL, (void*)8, sealed};
    struct itimerval time = {{0, 0}, {1000, 0}}, value;
    for (int i = 0; i < (int)LENGTH(bad); i++) {
        set(ITIMER_REAL, 2000 * SEC, 0, NULL);
        errno = 0;
        long ret = syscall(SYS_setitimer, ITIMER_REAL, bad[i], NULL);
        int error = ret < 0 ? errno : 0;
        getitimer(ITIMER_REAL, &value);
        report(named("setitimer.pointer", i), "ret=%ld errno=%d armed=%d", ret, error,
               ns_of_timeval(value.it_value) != 0);
        errno = 0;
        ret = syscall(SYS_setitimer, ITIMER_REAL, &time, bad[i]);
        error = ret < 0 ? errno : 0;
        getitimer(ITIMER_REAL, &value);
        report(named("setitimer.old_pointer", i), "ret=%ld errno=%d set=%d", ret, error, value.it_value.tv_sec < 1001);
        errno = 0;
        ret = syscall(SYS_getitimer, ITIMER_REAL, bad[i]);
        report(named("getitimer.pointer", i), "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
    set(ITIMER_REAL, 0, 0, NULL);
    for (int which = -1; which <= 4; which++) {
        errno = 0;
        long ret = syscall(SYS_getitimer, which, &value);
        report(named("getitimer.which", which), "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
        memset(&time, 0, sizeof time);
        errno = 0;
        ret = syscall(SYS_setitimer, which, &time, NULL);
        report(named("setitimer.which", which), "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
}

// exec keeps the timer running.
static void across_exec(char** argv) {
    handle(SIGALRM, 0);
    sigset_t set_of_alarm;
    sigemptyset(&set_of_alarm);
    sigaddset(&set_of_alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &set_of_alarm, NULL);
    char start[32];
    snprintf(start, sizeof start, "--start=%lld", (long long)now_ns());
    set(ITIMER_REAL, 60 * MS, 0, NULL);
    execl("/proc/self/exe", argv[0], start, NULL);
    must(false, "execl");
}

int main(int argc, char** argv) {
    const char* start = option(argc, argv, "start");
    if (start != NULL) {
        sigset_t set_of_alarm;
        sigemptyset(&set_of_alarm);
        sigaddset(&set_of_alarm, SIGALRM);
        struct itimerval value;
        getitimer(ITIMER_REAL, &value);
        report("exec.left", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld",
               (long long)(now_ns() - atoll(start) + ns_of_timeval(value.it_value)), 60 * MS, US);
        struct timespec limit = timespec_of(300 * MS);
        TIMED_FROM(atoll(start), "exec.fires", 60 * MS, sigtimedwait(&set_of_alarm, NULL, &limit));
        return guest_end();
    }
    guest_begin();
    real();
    cpu();
    alarms();
    arguments();
    across_exec(argv);
}
