// Waits of every kind at the same time, each in a thread of its own, long enough for a test to change the course of
// time, or to attach a debugger, in the middle. Meanwhile other threads watch that no clock steps back.
//   --wait=MS      how long each waits
//   --survivors=1  only those waits that the kernel takes up again after the process was stopped
#include <sched.h>
#include <stdatomic.h>

#include "waits.h"

static int64_t wait_ns;
static pthread_barrier_t everybody;

static void* wait_in_thread(void* argument) {
    const struct wait* wait = argument;
    pthread_barrier_wait(&everybody);
    report_wait("wait", (size_t)(wait - waits), now_ns(), wait_ns, wait_ns);
    return NULL;
}

// ---- Timers of the kernel that signal
// ---------------------------------------------------------------------------------

static void wait_for(const char* name, int number, int64_t start, int times, int64_t expected) {
    uint64_t set = 1ull << (number - 1);
    for (int i = 0; i < times; i++) syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8);
    report(name, "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), (long long)expected);
}

static void* interval_timer(void* unused) {
    pthread_barrier_wait(&everybody);
    int64_t start = now_ns();
    struct itimerval value = {{0, 0}, timeval_of(wait_ns)};
    setitimer(ITIMER_REAL, &value, NULL);
    wait_for("setitimer", SIGALRM, start, 1, wait_ns);
    return unused;
}

static void* posix_timer(void* unused) {
    int timer;
    struct {
        long value;
        int signo, notify, pad[12];
    } event = {0, SIGUSR1, SIGEV_SIGNAL, {0}};
    must(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
    pthread_barrier_wait(&everybody);
    int64_t start = now_ns();
    struct itimerspec value = {{0, 0}, timespec_of(wait_ns)};
    syscall(SYS_timer_settime, timer, 0, &value, NULL);
    wait_for("timer_create", SIGUSR1, start, 1, wait_ns);
    return unused;
}

static void* absolute_timer(void* unused) {
    int timer;
    struct {
        long value;
        int signo, notify, pad[12];
    } event = {0, SIGUSR2, SIGEV_SIGNAL, {0}};
    must(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &timer) == 0, "timer_create");
    pthread_barrier_wait(&everybody);
    int64_t start = now_ns();
    struct itimerspec value = {{0, 0}, timespec_of(clock_ns(CLOCK_REALTIME) + wait_ns)};
    syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &value, NULL);
    wait_for("timer_create_absolute", SIGUSR2, start, 1, wait_ns);
    return unused;
}

static void* periodic_timerfd(void* unused) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    pthread_barrier_wait(&everybody);
    int64_t start = now_ns();
    struct itimerspec value = {timespec_of(wait_ns / 10), timespec_of(wait_ns / 10)};
    timerfd_settime(fd, 0, &value, NULL);
    uint64_t count = 0, got;
    while (count < 10)
        if (read(fd, &got, sizeof got) == sizeof got) count += got;
    report("timerfd_periodic", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), (long long)wait_ns);
    close(fd);
    return unused;
}

static void* epoll_of_timerfd(void* unused) {
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    pthread_barrier_wait(&everybody);
    int64_t start = now_ns();
    struct itimerspec value = {{0, 0}, timespec_of(clock_ns(CLOCK_REALTIME) + wait_ns)};
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL);
    int ret;
    do ret = epoll_wait(epoll, &event, 1, -1);
    while (ret < 0 && errno == EINTR);
    report("timerfd_in_epoll", "perceived_ns=%lld expected_ns=%lld ret=%d", (long long)(now_ns() - start),
           (long long)wait_ns, ret);
    close(fd);
    close(epoll);
    return unused;
}

// What is left of a timer, asked again and again, always adds up to the whole.
static void* time_left(void* unused) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    pthread_barrier_wait(&everybody);
    struct itimerspec value = {{0, 0}, timespec_of(wait_ns)};
    int64_t before = now_ns();
    timerfd_settime(fd, 0, &value, NULL);
    int64_t after_set = now_ns();
    int wrong = 0;
    int64_t worst = 0;
    while (now_ns() < before + wait_ns * 9 / 10) {
        int64_t low = now_ns();
        timerfd_gettime(fd, &value);
        int64_t high = now_ns(), left = ns_of(value.it_value);
        // The expiry lies in [before, after_set] + wait; it was asked between low and high.
        if (low + left > after_set + wait_ns + 2 * MS || high + left < before + wait_ns - 2 * MS) {
            wrong++;
            int64_t off = low + left - before - wait_ns;
            if (llabs((long long)off) > llabs((long long)worst)) worst = off;
        }
        struct timespec pause = timespec_of(wait_ns / 50);
        nanosleep(&pause, NULL);
    }
    check("time_left", wrong == 0, "%d times wrong, off by up to %lld ns", wrong, (long long)worst);
    close(fd);
    return unused;
}

// ---- Clocks
// -----------------------------------------------------------------------------------------------------------

static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME};
static _Atomic int64_t latest[LENGTH(clocks)];
static _Atomic long steps_back;
static atomic_bool watched_enough;

// Threads that are awake, and wait without a limit again and again: a change must not end their waits with EINTR.
static int ping[2], pong[2];
static _Atomic long interruptions, exchanges;

static void* answer(void* unused) {
    char byte;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, ping[0], &event);
    pthread_barrier_wait(&everybody);
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) < 0 && errno == EINTR) atomic_fetch_add(&interruptions, 1);
        ssize_t got = read(ping[0], &byte, 1);
        if (got < 0 && errno == EINTR) atomic_fetch_add(&interruptions, 1);
        if (got == 0 || write(pong[1], &byte, 1) != 1) break;
    }
    close(epoll);
    return unused;
}

static void* ask(void* unused) {
    char byte = 'x';
    pthread_barrier_wait(&everybody);
    while (!atomic_load(&watched_enough)) {
        if (write(ping[1], &byte, 1) != 1) break;
        ssize_t got;
        while ((got = read(pong[0], &byte, 1)) < 0 && errno == EINTR) atomic_fetch_add(&interruptions, 1);
        atomic_fetch_add(&exchanges, 1);
    }
    close(ping[1]);
    return unused;
}

static void* watch_clocks(void* unused) {
    pthread_barrier_wait(&everybody);
    while (!atomic_load(&watched_enough)) {
        for (size_t c = 0; c < LENGTH(clocks); c++) {
            int64_t seen = atomic_load(&latest[c]), now = clock_ns(clocks[c]);
            if (now < seen) atomic_fetch_add(&steps_back, 1);
            while (now > seen && !atomic_compare_exchange_weak(&latest[c], &seen, now)) {
            }
        }
        sched_yield();
    }
    return unused;
}

int main(int argc, char** argv) {
    const char* milliseconds = option(argc, argv, "wait");
    bool survivors = option(argc, argv, "survivors") != NULL;
    wait_ns = (milliseconds != NULL ? atoll(milliseconds) : 100) * MS;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    make_waits();
    wait_io_getevents(0);
    static void* (*const others[])(void*) = {
        interval_timer, posix_timer, absolute_timer, periodic_timerfd, epoll_of_timerfd,
        time_left,      ask,         answer,         watch_clocks,     watch_clocks};
    static const char* const ended_by_stops[] = {"epoll_wait", "epoll_pwait",  "epoll_pwait2", "sigtimedwait",
                                                 "semtimedop", "io_getevents", "recv",         "select",
                                                 "pselect6",   "ppoll"};
    pthread_t threads[WAITS + LENGTH(others)];
    const struct wait* chosen[WAITS];
    size_t count = 0;
    for (size_t w = 0; w < WAITS; w++) {
        bool ended = waits[w].ticks;
        for (size_t i = 0; i < LENGTH(ended_by_stops); i++) ended |= strcmp(waits[w].name, ended_by_stops[i]) == 0;
        // A socket's time limit is the kernel's own: it does not follow a change of the rate (a stated limit).
        if (!waits[w].ticks && !(survivors && ended)) chosen[count++] = &waits[w];
    }
    enum { WATCHERS = 4 };  // the last of them, which go on until all others are done
    must(pipe(ping) == 0 && pipe(pong) == 0, "pipe");
    size_t other_count = survivors ? 0 : LENGTH(others);
    pthread_barrier_init(&everybody, NULL, (unsigned)(count + other_count + 1));
    for (size_t i = 0; i < count; i++) pthread_create(&threads[i], NULL, wait_in_thread, (void*)(uintptr_t)chosen[i]);
    for (size_t i = 0; i < other_count; i++) pthread_create(&threads[count + i], NULL, others[i], NULL);
    guest_begin();
    report("ready", "pid=%d", getpid());
    pthread_barrier_wait(&everybody);
    for (size_t i = 0; i < count + other_count; i++) {
        if (other_count > 0 && i == count + other_count - WATCHERS) atomic_store(&watched_enough, true);
        pthread_join(threads[i], NULL);
    }
    if (other_count > 0)
        check("never_interrupted", interruptions == 0, "%ld of %ld", (long)interruptions, (long)exchanges);
    check("never_back", steps_back == 0, "%ld steps back", (long)steps_back);
    unmake_waits();
    return guest_end();
}
