// timerfd: relative and absolute on every clock, periods, old values, what read counts, and waiting for it with poll.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "guest.h"

static const struct {
    const char* name;
    clockid_t id;
} clocks[] = {{"realtime", CLOCK_REALTIME}, {"monotonic", CLOCK_MONOTONIC}, {"boottime", CLOCK_BOOTTIME}};

static char name[128];
static const char* named(const char* what, const char* clock) {
    snprintf(name, sizeof name, "%s.%s", what, clock);
    return name;
}

static int set(int fd, int flags, int64_t value_ns, int64_t interval_ns, struct itimerspec* old) {
    struct itimerspec time = {timespec_of(interval_ns), timespec_of(value_ns)};
    return timerfd_settime(fd, flags, &time, old);
}

static long long read_count(int fd) {
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof count);
    return got == 8 ? (long long)count : -1;
}

static void one_clock(size_t c) {
    clockid_t clock = clocks[c].id;
    const char* on = clocks[c].name;
    int fd = timerfd_create(clock, TFD_CLOEXEC);
    must(fd >= 0, "timerfd_create");
    int64_t start = now_ns();
    must(set(fd, 0, 14 * MS, 0, NULL) == 0, "timerfd_settime");
    TIMED_FROM(start, named("relative", on), 14 * MS, read_count(fd));
    start = now_ns();
    must(set(fd, TFD_TIMER_ABSTIME, clock_ns(clock) + 14 * MS, 0, NULL) == 0, "timerfd_settime");
    TIMED_FROM(start, named("absolute", on), 14 * MS, read_count(fd));
    start = now_ns();
    must(set(fd, TFD_TIMER_ABSTIME, clock_ns(clock) - 14 * MS, 0, NULL) == 0, "timerfd_settime");
    TIMED_FROM(start, named("absolute_past", on), 0, read_count(fd));
    start = now_ns();
    must(set(fd, TFD_TIMER_ABSTIME, 1, 0, NULL) == 0, "timerfd_settime");
    TIMED_FROM(start, named("absolute_long_past", on), 0, read_count(fd));
    start = now_ns();
    must(set(fd, 0, 1, 0, NULL) == 0, "timerfd_settime");
    TIMED_FROM(start, named("one_nanosecond", on), 0, read_count(fd));

    // Periodic in virtual time: no drift, and late reads count what they missed. It was armed between start and armed.
    start = now_ns();
    must(set(fd, 0, 10 * MS, 5 * MS, NULL) == 0, "timerfd_settime");
    int64_t armed = now_ns();
    long long counted = read_count(fd);
    report(named("first", on), "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 10 * MS);
    while (counted < 5) counted += read_count(fd);
    report(named("fifth", on), "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 30 * MS);
    struct timespec pause = timespec_of(27500 * US);
    nanosleep(&pause, NULL);
    long long least = (now_ns() - armed - 100 * US - 5 * MS) / (5 * MS);
    counted += read_count(fd);
    long long most = (now_ns() - start - 5 * MS) / (5 * MS);
    check(named("counted", on), counted >= least && counted <= most, "%lld counted, %lld to %lld due", counted, least,
          most);

    // Time left, and the old value when it is set anew.
    struct itimerspec value, old;
    start = now_ns();
    must(set(fd, 0, 50 * MS, 7 * MS, NULL) == 0, "timerfd_settime");
    pause = timespec_of(10 * MS);
    nanosleep(&pause, NULL);
    int64_t before = now_ns();
    must(timerfd_gettime(fd, &value) == 0, "timerfd_gettime");
    int64_t after = now_ns();
    report(named("left", on), "perceived_ns=%lld expected_ns=%lld", (long long)(after - start + ns_of(value.it_value)),
           50 * MS);
    check(named("left_least", on),
          before - start + ns_of(value.it_value) <= 50 * MS + 100 * US || after - before > 100 * US,
          "%lld left after %lld", (long long)ns_of(value.it_value), (long long)(before - start));
    report(named("interval", on), "value=%lld", (long long)ns_of(value.it_interval));
    before = now_ns();
    must(set(fd, 0, 0, 0, &old) == 0, "timerfd_settime");
    report(named("old", on), "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start + ns_of(old.it_value)),
           50 * MS);
    report(named("old_interval", on), "value=%lld", (long long)ns_of(old.it_interval));
    must(timerfd_gettime(fd, &value) == 0, "timerfd_gettime");
    report(named("disarmed", on), "value=%lld interval=%lld", (long long)ns_of(value.it_value),
           (long long)ns_of(value.it_interval));

    // Disarmed, an interval alone is no timer; a far one does not fire; its time left is what was set.
    must(set(fd, 0, 0, 5 * MS, NULL) == 0, "timerfd_settime");
    struct pollfd entry = {fd, POLLIN, 0};
    TIMED(named("interval_only", on), 8 * MS, poll(&entry, 1, 8));
    static const int64_t far[] = {10 * SEC, 100000 * SEC, 4000000000ll * SEC, INT64_MAX};
    for (size_t i = 0; i < LENGTH(far); i++) {
        char what[32];
        snprintf(what, sizeof what, "far.%zu", i);
        int ret = set(fd, 0, far[i], far[i], NULL);
        int error = ret < 0 ? errno : 0;
        memset(&value, 0, sizeof value);
        timerfd_gettime(fd, &value);
        // Beyond what the kernel can count it is cut short: 292 years, less what the machine is up.
        bool good = far[i] < 1000000 * SEC ? ns_of(value.it_value) <= far[i] && ns_of(value.it_value) > far[i] - SEC
                                           : value.it_value.tv_sec > 300000000;
        report(named(what, on), "ret=%d errno=%d ready=%d ok=%d # %lld left", ret, error, poll(&entry, 1, 0), good,
               (long long)value.it_value.tv_sec);
        if (far[i] < 1000000 * SEC) {
            snprintf(what, sizeof what, "far.%zu.interval", i);
            report(named(what, on), "value=%lld", (long long)ns_of(value.it_interval));
        }
    }
    int ret = set(fd, TFD_TIMER_ABSTIME, INT64_MAX, 0, NULL);
    report(named("far.absolute", on), "ret=%d ready=%d", ret, poll(&entry, 1, 0));
    close(fd);
}

static void waiting_for_it(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    struct pollfd entry = {fd, POLLIN, 0};
    errno = 0;
    long long count = read_count(fd);
    report("nonblocking", "ret=%lld errno=%d", count, errno);
    int64_t start = now_ns();
    set(fd, 0, 12 * MS, 0, NULL);
    TIMED_FROM(start, "poll", 12 * MS, poll(&entry, 1, 100));
    start = now_ns();
    set(fd, 0, 12 * MS, 0, NULL);
    TIMED_FROM(start, "epoll_wait", 12 * MS, epoll_wait(epoll, &event, 1, 100));
    set(fd, 0, 12 * MS, 0, NULL);
    TIMED("poll.shorter", 6 * MS, poll(&entry, 1, 6));
    close(epoll);
    // A child inherits the timer as it runs.
    start = now_ns();
    set(fd, 0, 15 * MS, 0, NULL);
    pid_t child = fork();
    if (child == 0) {
        TIMED_FROM(start, "inherited", 15 * MS, poll(&entry, 1, 100));
        struct itimerspec value;
        timerfd_gettime(fd, &value);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int copy = dup(fd);
    start = now_ns();
    set(copy, 0, 9 * MS, 0, NULL);
    TIMED_FROM(start, "duplicate", 9 * MS, poll(&entry, 1, 100));
    close(copy);
    close(fd);
}

static void arguments(void) {
    static const clockid_t others[] = {
        CLOCK_TAI, CLOCK_MONOTONIC_RAW, CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME_COARSE, -1, 99};
    for (size_t i = 0; i < LENGTH(others); i++) {
        int fd = timerfd_create(others[i], 0);
        char number[16];
        snprintf(number, sizeof number, "%d", others[i]);
        report(named("create", number), "ret=%d errno=%d", fd < 0 ? -1 : 0, fd < 0 ? errno : 0);
        if (fd >= 0) close(fd);
    }
    int flagged = timerfd_create(CLOCK_MONOTONIC, 0x7777);
    report("create.flags", "ret=%d errno=%d", flagged, errno);
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    static const struct timespec values[] = {{-1, 0}, {0, -1}, {0, 1000000000}, {1, 999999999}, {-1, 999999999}};
    for (size_t i = 0; i < LENGTH(values); i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        struct itimerspec time = {{0, 0}, values[i]}, interval = {values[i], {1, 0}}, old;
        memset(&old, 0x55, sizeof old);
        errno = 0;
        int ret = timerfd_settime(fd, 0, &time, &old);
        report(named("settime.value", number), "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
        errno = 0;
        ret = timerfd_settime(fd, 0, &interval, NULL);
        report(named("settime.interval", number), "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
        errno = 0;
        ret = timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, NULL);
        report(named("settime.absolute", number), "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
    }
    struct itimerspec time = {{0, 0}, {1, 0}};
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* bad[] = {NULL, (void*)8, sealed, (void*)0xffff800000000000ul};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        set(fd, 0, 0, 0, NULL);
        errno = 0;
        long ret = syscall(SYS_timerfd_settime, fd, 0, bad[i], NULL);
        report(named("settime.pointer", number), "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
        errno = 0;
        ret = syscall(SYS_timerfd_settime, fd, 0, &time, bad[i]);
        int error = ret < 0 ? errno : 0;
        // Even when the old value cannot be written, the timer has been set.
        struct itimerspec value;
        timerfd_gettime(fd, &value);
        report(named("settime.old_pointer", number), "ret=%ld errno=%d armed=%d", ret, error,
               ns_of(value.it_value) > 0);
        errno = 0;
        ret = syscall(SYS_timerfd_gettime, fd, bad[i]);
        report(named("gettime.pointer", number), "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
    static const int flags[] = {0, 1, 2, 3, 4, 8};
    for (size_t i = 0; i < LENGTH(flags); i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", flags[i]);
        struct itimerspec far_off = {{0, 0}, {4000000000ll, 0}};
        errno = 0;
        int ret = timerfd_settime(fd, flags[i], &far_off, NULL);
        report(named("settime.flags", number), "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
    }
    int pipe_ends[2];
    must(pipe(pipe_ends) == 0, "pipe");
    const int wrong[] = {999, pipe_ends[0]};
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        char number[16];
        snprintf(number, sizeof number, "%zu", i);
        errno = 0;
        int ret = timerfd_settime(wrong[i], 0, &time, NULL);
        report(named("settime.wrong_descriptor", number), "ret=%d errno=%d", ret, errno);
        errno = 0;
        ret = timerfd_gettime(wrong[i], &time);
        report(named("gettime.wrong_descriptor", number), "ret=%d errno=%d", ret, errno);
    }
    uint32_t small;
    errno = 0;
    ssize_t got = read(fd, &small, 4);
    report("read.small", "ret=%zd errno=%d", got, errno);
    close(fd);
}

int main(void) {
    guest_begin();
    for (size_t c = 0; c < LENGTH(clocks); c++) one_clock(c);
    waiting_for_it();
    arguments();
    return guest_end();
}
