// Signals rain on a process while it waits: the waits that are taken up again end when they should, neither sooner nor
// later; nothing is lost.
#include "waits.h"

static volatile long handled;
static void count(int number) {
    (void)number;
    handled = handled + 1;
}

// Sends SIGUSR1 and SIGUSR2 to the parent until it is killed.
static pid_t start_storm(int64_t gap_ns) {
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        signal(SIGUSR1, SIG_DFL);
        for (int i = 0; getppid() == parent; i++) {
            kill(parent, i % 2 ? SIGUSR1 : SIGUSR2);
            int64_t until = now_ns() + gap_ns;
            if (gap_ns > 0) {
                struct timespec time = timespec_of(until);
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
            }
        }
        _exit(0);
    }
    return child;
}

static void end_storm(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void nanosleep_with_rest(void) {
    struct timespec time = timespec_of(60 * MS);
    int64_t start = now_ns();
    int ret, interruptions = 0;
    while ((ret = (int)syscall(SYS_nanosleep, &time, &time)) != 0 && errno == EINTR) interruptions++;
    report("nanosleep", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%d", (long long)(now_ns() - start),
           60 * MS, interruptions * 200 * US, ret);
    check("nanosleep.interrupted", interruptions > 5, "%d times", interruptions);
}

static void absolute(void) {
    struct timespec time = after(CLOCK_MONOTONIC, 60 * MS);
    int64_t start = now_ns();
    int ret, interruptions = 0;
    while ((ret = (int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL)) != 0 &&
           errno == EINTR)
        interruptions++;
    report("clock_nanosleep", "perceived_ns=%lld expected_ns=%lld ret=%d", (long long)(now_ns() - start), 60 * MS, ret);
    check("clock_nanosleep.interrupted", interruptions > 5, "%d times", interruptions);
}

static void select_with_rest(void) {
    struct timeval time = timeval_of(60 * MS);
    int64_t start = now_ns();
    int ret, interruptions = 0;
    while ((ret = (int)syscall(SYS_select, 0, NULL, NULL, NULL, &time)) != 0 && errno == EINTR) interruptions++;
    // Each remainder is cut to microseconds.
    report("select", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld ret=%d",
           (long long)(now_ns() - start), 60 * MS, interruptions * 2 * US, interruptions * 200 * US, ret);
    check("select.interrupted", interruptions > 5, "%d times", interruptions);
}

// Blocked for the length of the wait: they come afterwards, the wait is whole.
static void blocked(void) {
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    for (size_t w = 0; w < WAITS; w++) report_wait("blocked", w, now_ns(), 6 * MS, 6 * MS);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

// Condition variables and joins are not interrupted at all.
static void condition(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    struct timespec time = after(CLOCK_REALTIME, 40 * MS);
    int64_t start = now_ns();
    int ret;
    do ret = pthread_cond_timedwait(&never, &mutex, &time);
    while (ret == 0);
    report("condition", "perceived_ns=%lld expected_ns=%lld ret=%d", (long long)(now_ns() - start), 40 * MS, ret);
    pthread_mutex_unlock(&mutex);
}

// A periodic timer in the midst of it all keeps its pace.
static volatile long ticks;
static void tick(int number) {
    (void)number;
    ticks = ticks + 1;
}
static void periodic(void) {
    signal(SIGALRM, tick);
    int64_t start = now_ns();
    struct itimerval value = {timeval_of(2 * MS), timeval_of(2 * MS)};
    setitimer(ITIMER_REAL, &value, NULL);
    while (ticks < 25) {
        struct timespec time = timespec_of(10 * MS);
        nanosleep(&time, NULL);
    }
    report("periodic", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 50 * MS);
    memset(&value, 0, sizeof value);
    setitimer(ITIMER_REAL, &value, NULL);
}

int main(void) {
    signal(SIGUSR1, count);
    signal(SIGUSR2, count);
    make_waits();
    guest_begin();
    static const int64_t gaps[] = {500 * US, 50 * US};
    for (size_t g = 0; g < LENGTH(gaps); g++) {
        pid_t storm = start_storm(gaps[g]);
        nanosleep_with_rest();
        absolute();
        select_with_rest();
        condition();
        ticks = 0;
        periodic();
        if (g == 0) blocked();
        end_storm(storm);
    }
    check("handled", handled > 100, "%ld", handled);
    unmake_waits();
    return guest_end();
}
