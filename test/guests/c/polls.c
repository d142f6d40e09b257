// poll, ppoll, select, pselect6, epoll_wait, epoll_pwait, epoll_pwait2 through the C library and raw: one table of
// situations for all of them.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "guest.h"

static int fds[2];      // a pipe: reading waits for an event
static int epoll = -1;  // watches fds[0]

// One way of waiting for fds[0]: `ns` is the timeout (FOREVER: none), `*left_ns` what the call wrote back, or -1.
enum { FOREVER = -1 };
typedef long wait_function(int64_t ns, int64_t* left_ns);

static int ms_of(int64_t ns) {
    return ns == FOREVER ? -1 : (int)(ns / MS);
}

static long wait_poll(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct pollfd entry = {fds[0], POLLIN, 0};
    return poll(&entry, 1, ms_of(ns));
}
static long wait_raw_poll(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct pollfd entry = {fds[0], POLLIN, 0};
    return syscall(SYS_poll, &entry, 1, ms_of(ns));
}
static long wait_ppoll(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct pollfd entry = {fds[0], POLLIN, 0};
    struct timespec time = timespec_of(ns);
    return ppoll(&entry, 1, ns == FOREVER ? NULL : &time, NULL);
}
static long wait_raw_ppoll(int64_t ns, int64_t* left_ns) {
    struct pollfd entry = {fds[0], POLLIN, 0};
    struct timespec time = timespec_of(ns);
    long ret = syscall(SYS_ppoll, &entry, 1, ns == FOREVER ? NULL : &time, NULL, 8);
    int error = errno;
    if (ns != FOREVER) *left_ns = ns_of(time);
    errno = error;
    return ret;
}
static long wait_select(int64_t ns, int64_t* left_ns) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    struct timeval time = timeval_of(ns);
    long ret = select(fds[0] + 1, &set, NULL, NULL, ns == FOREVER ? NULL : &time);
    int error = errno;
    if (ns != FOREVER) *left_ns = ns_of_timeval(time);
    errno = error;
    return ret;
}
#ifdef SYS_select
static long wait_raw_select(int64_t ns, int64_t* left_ns) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    struct timeval time = timeval_of(ns);
    long ret = syscall(SYS_select, fds[0] + 1, &set, NULL, NULL, ns == FOREVER ? NULL : &time);
    int error = errno;
    if (ns != FOREVER) *left_ns = ns_of_timeval(time);
    errno = error;
    return ret;
}
#endif
static long wait_pselect(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    struct timespec time = timespec_of(ns);
    return pselect(fds[0] + 1, &set, NULL, NULL, ns == FOREVER ? NULL : &time, NULL);
}
static long wait_raw_pselect6(int64_t ns, int64_t* left_ns) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    struct timespec time = timespec_of(ns);
    long ret = syscall(SYS_pselect6, fds[0] + 1, &set, NULL, NULL, ns == FOREVER ? NULL : &time, NULL);
    int error = errno;
    if (ns != FOREVER) *left_ns = ns_of(time);
    errno = error;
    return ret;
}
static long wait_epoll(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct epoll_event event;
    return epoll_wait(epoll, &event, 1, ms_of(ns));
}
static long wait_epoll_pwait(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct epoll_event event;
    return epoll_pwait(epoll, &event, 1, ms_of(ns), NULL);
}
static long wait_raw_epoll_wait(int64_t ns, int64_t* left_ns) {
    (void)left_ns;
    struct epoll_event event;
    return syscall(SYS_epoll_wait, epoll, &event, 1, ms_of(ns));
}
static long wait_epoll_pwait2(int64_t ns, int64_t* left_ns) {
    struct epoll_event event;
    struct timespec time = timespec_of(ns);
    long ret = syscall(SYS_epoll_pwait2, epoll, &event, 1, ns == FOREVER ? NULL : &time, NULL, 8);
    int error = errno;
    if (ns != FOREVER) *left_ns = ns_of(time);  // epoll never writes it back
    errno = error;
    return ret;
}

static const struct {
    const char* name;
    wait_function* wait;
    int64_t grain_ns;  // of the timeout
    bool writes_left;
} ways[] = {
    {"poll", wait_poll, MS, false},
    {"raw_poll", wait_raw_poll, MS, false},
    {"ppoll", wait_ppoll, 1, false},
    {"raw_ppoll", wait_raw_ppoll, 1, true},
#ifdef __GLIBC__
    {"select", wait_select, US, true},
#else
    {"select", wait_select, US, false},
#endif
#ifdef SYS_select
    {"raw_select", wait_raw_select, US, true},
#endif
    {"pselect", wait_pselect, 1, false},
    {"raw_pselect6", wait_raw_pselect6, 1, true},
    {"epoll_wait", wait_epoll, MS, false},
    {"epoll_pwait", wait_epoll_pwait, MS, false},
    {"raw_epoll_wait", wait_raw_epoll_wait, MS, false},
    {"epoll_pwait2", wait_epoll_pwait2, 1, false},
};

static void make_ready(void* unused) {
    (void)unused;
    must(write(fds[1], "x", 1) == 1, "write");
}

static void drain(void) {
    char byte;
    while (read(fds[0], &byte, 1) == 1) {
    }
}

static char name[128];
static const char* named(const char* way, const char* what) {
    snprintf(name, sizeof name, "%s.%s", way, what);
    return name;
}

// Waits and reports; what is left must add up to the whole.
static void wait_and_report(size_t w, const char* what, int64_t start, int64_t timeout_ns, int64_t expected_ns) {
    int64_t left_ns = -1;
    int64_t wait_start = now_ns();
    TIMED_FROM(start, named(ways[w].name, what), expected_ns, ways[w].wait(timeout_ns, &left_ns));
    int64_t end = now_ns();
    if (timeout_ns == FOREVER || left_ns == -1) return;
    char of_left[64];
    snprintf(of_left, sizeof of_left, "%s.left", what);
    if (!ways[w].writes_left)
        report(named(ways[w].name, of_left), "untouched=%d", left_ns == timeout_ns);
    else if (expected_ns >= timeout_ns)
        report(named(ways[w].name, of_left), "value=%lld", (long long)left_ns);
    // The whole cannot be longer than the call's measured time plus what is left
    else if (timeout_ns <= SEC)
        report(named(ways[w].name, of_left), "perceived_ns=%lld expected_ns=%lld grain_ns=%lld",
               (long long)(end - wait_start + left_ns), (long long)timeout_ns, (long long)ways[w].grain_ns);
    else
        check(named(ways[w].name, of_left), left_ns > timeout_ns / 2 && left_ns <= timeout_ns, "%lld",
              (long long)left_ns);
}

int main(void) {
    must(pipe2(fds, O_NONBLOCK) == 0, "pipe");
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
    must(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event) == 0, "epoll");
    guest_begin();
    for (size_t w = 0; w < LENGTH(ways); w++) {
        // Nothing happens: the timeout.
        static const struct {
            const char* name;
            int64_t ns;
        } timeouts[] = {{"0", 0}, {"1ns", 1}, {"1us", US}, {"1ms", MS}, {"1234567ns", 1234567}, {"8ms", 8 * MS}};
        for (size_t i = 0; i < LENGTH(timeouts); i++) {
            if (timeouts[i].ns % ways[w].grain_ns != 0) continue;
            char what[64];
            snprintf(what, sizeof what, "timeout.%s", timeouts[i].name);
            wait_and_report(w, what, now_ns(), timeouts[i].ns, timeouts[i].ns);
        }
        // An event comes in time: bounded, unbounded, and the longest timeouts there are.
        static const struct {
            const char* name;
            int64_t ns;
        } in_time[] = {{"30ms", 30 * MS}, {"forever", FOREVER}, {"24days", INT_MAX * MS}};
        for (size_t i = 0; i < LENGTH(in_time); i++) {
            char what[64];
            snprintf(what, sizeof what, "event.%s", in_time[i].name);
            struct later event_later;
            int64_t start = now_ns();
            later(&event_later, 5 * MS, make_ready, NULL);
            wait_and_report(w, what, start, in_time[i].ns, 5 * MS);
            later_join(&event_later);
            // And is there already.
            snprintf(what, sizeof what, "ready.%s", in_time[i].name);
            wait_and_report(w, what, now_ns(), in_time[i].ns, 0);
            drain();
        }
        wait_and_report(w, "drained", now_ns(), 0, 0);
        // A signal comes, whose handler restarts what can be restarted: these calls never are.
        static const int flags[] = {0, SA_RESTART};
        for (size_t f = 0; f < LENGTH(flags); f++) {
            handle(SIGALRM, flags[f]);
            for (size_t i = 0; i < LENGTH(in_time); i++) {
                char what[64];
                snprintf(what, sizeof what, "signal.%d.%s", flags[f] != 0, in_time[i].name);
                int64_t start = now_ns();
                alarm_after(5 * MS);
                wait_and_report(w, what, start, in_time[i].ns, 5 * MS);
            }
        }
        // A signal that is ignored does not end the wait.
        signal(SIGALRM, SIG_IGN);
        alarm_after(5 * MS);
        wait_and_report(w, "ignored", now_ns(), 9 * MS, 9 * MS);
    }
    return guest_end();
}
