// What every guest program shares: reading time, reporting what was perceived, and interrupting a wait.
//
// A guest prints one line for each check, `name key=value ... # remark`. The tests compare the lines of a dilated run
// with those of a native one:
//   perceived_ns= expected_ns=   a duration: it never falls below what was expected, and exceeds it by little
//   grain_ns=                    by how much it may fall below, where the call itself rounds (virtual time)
//   tick_ns=                     by how much it may be off either way, where the kernel counts in ticks (real time)
//   late_ns=                     by how much more it may exceed it, where the kernel is late by design (real time)
//   ok=                          judged here: 1 is good
//   any other key                must be the same natively and dilated
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define US 1000ll
#define MS 1000000ll
#define SEC 1000000000ll

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

// Numbers that older kernel headers and musl lack.
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static inline int64_t ns_of(struct timespec time) {
    return time.tv_sec * SEC + time.tv_nsec;
}
static inline int64_t ns_of_timeval(struct timeval time) {
    return time.tv_sec * SEC + time.tv_usec * US;
}
static inline struct timespec timespec_of(int64_t ns) {
    return (struct timespec){ns / SEC, ns % SEC};
}
static inline struct timeval timeval_of(int64_t ns) {
    return (struct timeval){ns / SEC, ns % SEC / US};
}

static inline int64_t clock_ns(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return -1;
    return ns_of(time);
}

static inline int64_t now_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

// One write a line, so that lines of threads and children do not mix.
static inline void report(const char* name, const char* format, ...) {
    char line[2048];
    int used = snprintf(line, sizeof line, "%s ", name);
    va_list arguments;
    va_start(arguments, format);
    used += vsnprintf(line + used, sizeof line - (size_t)used - 1, format, arguments);
    va_end(arguments);
    if (used > (int)sizeof line - 2) used = (int)sizeof line - 2;
    line[used++] = '\n';
    if (write(STDOUT_FILENO, line, (size_t)used) != used) _exit(99);
}

// Reports something judged here; the remark tells what was seen.
static inline void check(const char* name, bool ok, const char* format, ...) {
    char remark[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(remark, sizeof remark, format, arguments);
    va_end(arguments);
    report(name, "ok=%d # %s", ok, remark);
}

// Ends the guest when its own set-up fails.
static inline void must(bool ok, const char* what) {
    if (ok) return;
    report("set-up", "ok=0 # %s: errno %d", what, errno);
    _exit(98);
}

// The test holds these two moments against real time.
static inline void guest_begin(void) {
    report("begin", "virtual_ns=%lld", (long long)now_ns());
}
static inline int guest_end(void) {
    report("end", "virtual_ns=%lld", (long long)now_ns());
    return 0;
}

// Makes one call and reports how long it took since `start`, what it returned and why.
#define TIMED_FROM(start, name, expected, call)                                                                       \
    do {                                                                                                              \
        errno = 0;                                                                                                    \
        long long ret_ = (long long)(call);                                                                           \
        int errno_ = ret_ == -1 ? errno : 0;                                                                          \
        int64_t took_ = now_ns() - (start);                                                                           \
        report(name, "perceived_ns=%lld expected_ns=%lld ret=%lld errno=%d", (long long)took_, (long long)(expected), \
               ret_, errno_);                                                                                         \
    } while (0)

#define TIMED(name, expected, call)               \
    do {                                          \
        int64_t start_ = now_ns();                \
        TIMED_FROM(start_, name, expected, call); \
    } while (0)

static volatile sig_atomic_t signals_seen;
static inline void count_signal(int number) {
    (void)number;
    signals_seen = signals_seen + 1;
}

static inline void handle(int number, int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    action.sa_flags = flags;
    must(sigaction(number, &action, NULL) == 0, "sigaction");
}

// Has SIGALRM arrive after `ns`, once; 0 cancels it.
static inline void alarm_after(int64_t ns) {
    struct itimerval value = {{0, 0}, timeval_of(ns)};
    must(setitimer(ITIMER_REAL, &value, NULL) == 0, "setitimer");
}

// Reads `name` from the arguments as `--name=value`; 0 when it is not there.
static inline const char* option(int argc, char** argv, const char* name) {
    size_t length = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--", 2) == 0 && strncmp(argv[i] + 2, name, length) == 0 && argv[i][length + 2] == '=')
            return argv[i] + length + 3;
    return NULL;
}

// Makes a directory of this guest's own, in TMPDIR when there is one.
static inline void make_directory(char* path, size_t size) {
    const char* parent = getenv("TMPDIR");
    snprintf(path, size, "%s/diecast-guest-XXXXXX", parent != NULL ? parent : "/tmp");
    must(mkdtemp(path) != NULL && chmod(path, 0755) == 0, "mkdtemp");
}

// ---- A helper thread that does something a little later ---------------------------------------------------------

struct later {
    pthread_t thread;
    int64_t delay_ns;
    void (*act)(void*);
    void* argument;
};

static inline void* run_later(void* argument) {
    struct later* later = argument;
    struct timespec left = timespec_of(later->delay_ns);
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    later->act(later->argument);
    return NULL;
}

// Starts `act(argument)` after `delay_ns` in a thread that takes no signals.
static inline void later(struct later* later, int64_t delay_ns, void (*act)(void*), void* argument) {
    later->delay_ns = delay_ns;
    later->act = act;
    later->argument = argument;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    must(pthread_create(&later->thread, NULL, run_later, later) == 0, "pthread_create");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static inline void later_join(struct later* later) {
    pthread_join(later->thread, NULL);
}

#endif
