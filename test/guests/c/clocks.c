// Every way of reading a clock: they agree with each other, run at one rate, and never step back.
#include <stdatomic.h>
#include <sys/sysinfo.h>
#include <sys/times.h>

#include "guest.h"

static const struct {
    const char* name;
    clockid_t id;
    int64_t tick_ns;  // how far it may lag behind, in real time
} clocks[] = {
    {"realtime", CLOCK_REALTIME, 0},
    {"monotonic", CLOCK_MONOTONIC, 0},
    {"monotonic_raw", CLOCK_MONOTONIC_RAW, 0},
    {"realtime_coarse", CLOCK_REALTIME_COARSE, 10 * MS},
    {"monotonic_coarse", CLOCK_MONOTONIC_COARSE, 10 * MS},
    {"boottime", CLOCK_BOOTTIME, 0},
    {"tai", CLOCK_TAI, 0},
};

static int64_t raw_clock_ns(clockid_t clock) {
    struct timespec time;
    if (syscall(SYS_clock_gettime, clock, &time) != 0) return -1;
    return ns_of(time);
}

static void raw_calls_agree(void) {
    for (size_t i = 0; i < LENGTH(clocks); i++) {
        char name[64];
        int disordered = 0;
        for (int round = 0; round < 200; round++) {
            int64_t first = clock_ns(clocks[i].id);
            int64_t second = raw_clock_ns(clocks[i].id);
            int64_t third = clock_ns(clocks[i].id);
            if (first < 0 || second < first || third < second) disordered++;
        }
        snprintf(name, sizeof name, "raw_agrees.%s", clocks[i].name);
        check(name, disordered == 0, "%d of 200 out of order", disordered);
    }
}

static void all_run_at_one_rate(void) {
    int64_t before[LENGTH(clocks)];
    for (size_t i = 0; i < LENGTH(clocks); i++) before[i] = clock_ns(clocks[i].id);
    struct timeval day_before, day_after;
    gettimeofday(&day_before, NULL);
    struct timespec pause = timespec_of(50 * MS);
    nanosleep(&pause, NULL);
    for (size_t i = 0; i < LENGTH(clocks); i++) {
        int64_t passed = clock_ns(clocks[i].id) - before[i];
        char name[64];
        snprintf(name, sizeof name, "rate.%s", clocks[i].name);
        // A raw clock is not slewed by NTP: up to 500 ppm off.
        report(name, "perceived_ns=%lld expected_ns=%lld grain_ns=%lld tick_ns=%lld", (long long)passed,
               (long long)(50 * MS), (long long)(25 * US), (long long)clocks[i].tick_ns);
    }
    gettimeofday(&day_after, NULL);
    report("rate.gettimeofday", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld",
           (long long)(ns_of_timeval(day_after) - ns_of_timeval(day_before)), (long long)(50 * MS), (long long)US);
}

// The offset of a clock from the monotonic one lies in [low, high].
struct window {
    int64_t low, high;
};

static struct window offset_of(clockid_t clock) {
    struct window best = {INT64_MIN, INT64_MAX};
    for (int round = 0; round < 10; round++) {
        int64_t before = now_ns();
        int64_t other = clock_ns(clock);
        int64_t after = now_ns();
        if (other - after > best.low) best.low = other - after;
        if (other - before < best.high) best.high = other - before;
    }
    return best;
}

static void offsets_between_clocks_stay(void) {
    static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI};
    static const char* names[] = {"offset_stays.realtime", "offset_stays.boottime", "offset_stays.tai"};
    struct window first[LENGTH(ids)];
    for (size_t i = 0; i < LENGTH(ids); i++) first[i] = offset_of(ids[i]);
    struct timespec pause = timespec_of(10 * MS);
    nanosleep(&pause, NULL);
    for (size_t i = 0; i < LENGTH(ids); i++) {
        struct window then = first[i], now = offset_of(ids[i]);
        check(names[i], now.low <= then.high + US && now.high >= then.low - US, "was %lld to %lld, is %lld to %lld",
              (long long)then.low, (long long)then.high, (long long)now.low, (long long)now.high);
    }
}

static void seconds_agree(void) {
    int bad_day = 0, bad_time = 0, bad_raw_time = 0, bad_raw_day = 0;
    for (int round = 0; round < 200; round++) {
        struct timeval day, raw_day;
        int64_t before = clock_ns(CLOCK_REALTIME);
        gettimeofday(&day, NULL);
        syscall(SYS_gettimeofday, &raw_day, NULL);
        time_t seconds = time(NULL), stored = 0;
        long raw_seconds = syscall(SYS_time, &stored);
        int64_t after = clock_ns(CLOCK_REALTIME);
        if (ns_of_timeval(day) < before - US || ns_of_timeval(day) > after) bad_day++;
        if (ns_of_timeval(raw_day) < before - US || ns_of_timeval(raw_day) > after) bad_raw_day++;
        // time() reads the coarse clock: up to a tick late
        if (seconds < (before - 10 * MS) / SEC || seconds > after / SEC) bad_time++;
        if (raw_seconds < (before - 10 * MS) / SEC || raw_seconds > after / SEC || stored != raw_seconds)
            bad_raw_time++;
    }
    check("agrees.gettimeofday", bad_day == 0, "%d of 200", bad_day);
    check("agrees.raw_gettimeofday", bad_raw_day == 0, "%d of 200", bad_raw_day);
    check("agrees.time", bad_time == 0, "%d of 200", bad_time);
    check("agrees.raw_time", bad_raw_time == 0, "%d of 200", bad_raw_time);
    struct timeval day;
    struct timezone zone = {-1, -1}, raw_zone = {-2, -2};
    gettimeofday(&day, &zone);
    long ret = syscall(SYS_gettimeofday, NULL, &raw_zone);
    report("timezone", "ret=%ld west=%d dst=%d", ret, raw_zone.tz_minuteswest, raw_zone.tz_dsttime);
}

static void ticks_and_uptime(void) {
    struct tms unused;
    int64_t start = now_ns();
    clock_t before = times(&unused);
    struct timespec pause = timespec_of(60 * MS);
    nanosleep(&pause, NULL);
    clock_t after = times(&unused);
    long long hz = sysconf(_SC_CLK_TCK);
    // A tick boundary may lie anywhere.
    long long passed = (now_ns() - start) * hz / SEC;
    check("times.rate", after - before >= 5 && after - before <= passed + 1, "%ld ticks, %lld passed",
          (long)(after - before), passed);
    errno = 0;
    check("times.null", times(NULL) != (clock_t)-1, "errno %d", errno);

    struct sysinfo info;
    long ret = sysinfo(&info);
    int64_t boot = clock_ns(CLOCK_BOOTTIME);
    check("sysinfo.uptime", ret == 0 && llabs((long long)info.uptime - boot / SEC) <= 1, "uptime %ld, boottime %lld",
          (long)info.uptime, (long long)boot);
}

static void resolutions_and_errors(void) {
    struct timespec time;
    char name[64];
    static const clockid_t ids[] = {0, 1, 2, 3, 4, 7, 8, 9, 11};
    for (size_t i = 0; i < LENGTH(ids); i++) {
        time = (struct timespec){-1, -1};
        long ret = clock_getres(ids[i], &time);
        snprintf(name, sizeof name, "getres.%d", ids[i]);
        // A coarse clock's resolution is the kernel's tick: left to the layer, but never 0.
        bool coarse = ids[i] == CLOCK_REALTIME_COARSE || ids[i] == CLOCK_MONOTONIC_COARSE;
        if (coarse)
            check(name, ret == 0 && ns_of(time) > 0 && ns_of(time) <= 10 * MS, "%lld", (long long)ns_of(time));
        else
            report(name, "ret=%ld errno=%d value=%lld", ret, ret ? errno : 0, ret ? 0ll : (long long)ns_of(time));
    }
    static const clockid_t invalid[] = {-1, 10, 12, 15, 16, 100, 1 << 30, (clockid_t)0x80000000};
    for (size_t i = 0; i < LENGTH(invalid); i++) {
        errno = 0;
        long ret = syscall(SYS_clock_gettime, invalid[i], &time);
        snprintf(name, sizeof name, "invalid.gettime.%d", invalid[i]);
        report(name, "ret=%ld errno=%d", ret, errno);
        errno = 0;
        ret = clock_gettime(invalid[i], &time);
        snprintf(name, sizeof name, "invalid.libc_gettime.%d", invalid[i]);
        report(name, "ret=%ld errno=%d", ret, errno);
        errno = 0;
        ret = syscall(SYS_clock_getres, invalid[i], &time);
        snprintf(name, sizeof name, "invalid.getres.%d", invalid[i]);
        report(name, "ret=%ld errno=%d", ret, errno);
    }
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* gap = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* bad[] = {NULL, (void*)8, sealed, gap, (void*)0xffff800000000000ul, (void*)0x7ffffffffff0ul};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        static const struct {
            const char* name;
            long number;
            bool first;
        } calls[] = {{"clock_gettime", SYS_clock_gettime, false},
                     {"clock_getres", SYS_clock_getres, false},
                     {"gettimeofday", SYS_gettimeofday, true},
                     {"time", SYS_time, true},
                     {"times", SYS_times, true},
                     {"sysinfo", SYS_sysinfo, true}};
        for (size_t j = 0; j < LENGTH(calls); j++) {
            errno = 0;
            long ret = calls[j].first ? syscall(calls[j].number, bad[i], NULL)
                                      : syscall(calls[j].number, CLOCK_MONOTONIC, bad[i]);
            snprintf(name, sizeof name, "pointer.%s.%zu", calls[j].name, i);
            report(name, "ret=%ld errno=%d", ret < 0 ? ret : 0, ret < 0 ? errno : 0);
        }
        errno = 0;
        long ret = syscall(SYS_gettimeofday, NULL, bad[i]);
        snprintf(name, sizeof name, "pointer.timezone.%zu", i);
        report(name, "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
}

// ---- Across threads and processes ---------------------------------------------------------------------------------

enum { THREADS = 4, READS = 20000 };
static _Atomic int64_t latest[LENGTH(clocks)];
static _Atomic long steps_back[LENGTH(clocks)];

static void* read_against_the_others(void* argument) {
    bool raw = argument != NULL;
    for (int round = 0; round < READS; round++) {
        for (size_t i = 0; i < LENGTH(clocks); i++) {
            if (raw && round % 8 != 0) continue;  // traps are dear
            int64_t seen = atomic_load(&latest[i]);
            int64_t now = raw ? raw_clock_ns(clocks[i].id) : clock_ns(clocks[i].id);
            if (now < seen) atomic_fetch_add(&steps_back[i], 1);
            while (now > seen && !atomic_compare_exchange_weak(&latest[i], &seen, now)) {
            }
        }
    }
    return NULL;
}

static void never_back_across_threads(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, read_against_the_others, i % 2 ? &threads : NULL);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (size_t i = 0; i < LENGTH(clocks); i++) {
        char name[64];
        snprintf(name, sizeof name, "never_back.%s", clocks[i].name);
        check(name, steps_back[i] == 0, "%ld steps back", (long)steps_back[i]);
    }
}

static void processes_agree(void) {
    int bad = 0;
    for (int round = 0; round < 20; round++) {
        int64_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int64_t before = now_ns();
        pid_t child = fork();
        if (child == 0) {
            *shared = now_ns();
            _exit(0);
        }
        waitpid(child, NULL, 0);
        int64_t after = now_ns();
        if (*shared < before || *shared > after) bad++;
        munmap(shared, 4096);
    }
    check("processes_agree", bad == 0, "%d of 20", bad);
}

int main(void) {
    guest_begin();
    raw_calls_agree();
    all_run_at_one_rate();
    offsets_between_clocks_stay();
    seconds_agree();
    ticks_and_uptime();
    resolutions_and_errors();
    never_back_across_threads();
    processes_agree();
    return guest_end();
}
