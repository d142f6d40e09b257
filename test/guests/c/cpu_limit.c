// RLIMIT_CPU: seconds of CPU time as the guest perceives them; what was set comes back.
#include "guest.h"

static char name[128];

static void values(void) {
    static const rlim_t limits[][2] = {
        {RLIM_INFINITY, RLIM_INFINITY}, {1000, RLIM_INFINITY}, {1000, 2000}, {7, 2000}, {7, 1999}, {100, 100}};
    for (size_t i = 0; i < LENGTH(limits); i++) {
        struct rlimit limit = {limits[i][0], limits[i][1]}, got = {7, 7}, old = {7, 7}, raw = {7, 7};
        int ret = setrlimit(RLIMIT_CPU, &limit);
        getrlimit(RLIMIT_CPU, &got);
        syscall(SYS_getrlimit, RLIMIT_CPU, &raw);
        snprintf(name, sizeof name, "setrlimit.%zu", i);
        report(name, "ret=%d soft=%lld hard=%lld raw_soft=%lld raw_hard=%lld", ret, (long long)got.rlim_cur,
               (long long)got.rlim_max, (long long)raw.rlim_cur, (long long)raw.rlim_max);
        ret = prlimit(0, RLIMIT_CPU, &limit, &old);
        snprintf(name, sizeof name, "prlimit.%zu", i);
        report(name, "ret=%d soft=%lld hard=%lld", ret, (long long)old.rlim_cur, (long long)old.rlim_max);
    }
    struct rlimit limit = {200, 100}, other = {0, 0};
    errno = 0;
    int ret = setrlimit(RLIMIT_CPU, &limit);
    report("soft_above_hard", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = (int)syscall(SYS_prlimit64, 0, RLIMIT_CPU, (void*)8, NULL);
    report("pointer.new", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = (int)syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, (void*)8);
    report("pointer.old", "ret=%d errno=%d", ret, errno);
    // Other limits are none of our business.
    getrlimit(RLIMIT_NOFILE, &limit);
    ret = setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, limit.rlim_max});
    getrlimit(RLIMIT_NOFILE, &other);
    report("nofile", "ret=%d soft=%lld same_hard=%d", ret, (long long)other.rlim_cur, limit.rlim_max == other.rlim_max);
    // Of a child, by its pid.
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    ret = prlimit(child, RLIMIT_CPU, &(struct rlimit){33, 44}, NULL);
    struct rlimit of_child = {7, 7};
    prlimit(child, RLIMIT_CPU, NULL, &of_child);
    report("child", "ret=%d soft=%lld hard=%lld", ret, (long long)of_child.rlim_cur, (long long)of_child.rlim_max);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static volatile int64_t signal_at;
static void note(int number) {
    (void)number;
    if (signal_at == 0) signal_at = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    signals_seen = signals_seen + 1;
}

// Burns CPU time in a child until the limit's signal comes.
static void fires(const char* what, rlim_t soft, rlim_t hard, bool handled) {
    int64_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        if (handled) signal(SIGXCPU, note);
        setrlimit(RLIMIT_CPU, &(struct rlimit){soft, hard});
        while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < 3 * SEC && !(handled && signal_at)) {
            for (volatile int i = 0; i < 20000; i++) {
            }
            *shared = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        }
        _exit(signal_at ? 0 : 9);
    }
    int status;
    waitpid(child, &status, 0);
    // The kernel counts this limit in ticks: whoever runs when the tick comes is charged with all of it.
    report(what, "perceived_ns=%lld expected_ns=%lld late_ns=%lld grain_ns=%lld status=%d", (long long)*shared,
           (long long)soft * SEC, 100 * MS, 150 * MS, status);
}

int main(void) {
    guest_begin();
    fires("default_action", 1, RLIM_INFINITY, false);
    fires("handled", 1, RLIM_INFINITY, true);
    values();
    return guest_end();
}
