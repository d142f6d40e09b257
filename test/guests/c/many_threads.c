// A thousand threads that sleep at once all wake when they should; forks and clocks in the midst of many threads.
#include "waits.h"

enum { THREADS = 1000 };

struct sleeper {
    pthread_t thread;
    int64_t deadline, woke;
    bool relative;
    int ret;
};
static struct sleeper sleepers[THREADS];

static void* sleep_once(void* argument) {
    struct sleeper* sleeper = argument;
    struct timespec time = timespec_of(sleeper->deadline);
    if (sleeper->relative) {
        int64_t now = now_ns();
        time = timespec_of(sleeper->deadline - now > 0 ? sleeper->deadline - now : 0);
        sleeper->ret = (int)syscall(SYS_nanosleep, &time, NULL);
    } else {
        sleeper->ret = (int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
    }
    sleeper->woke = now_ns();
    return NULL;
}

static int compare(const void* a, const void* b) {
    int64_t first = *(const int64_t*)a, second = *(const int64_t*)b;
    return first < second ? -1 : first > second;
}

static void all_wake(void) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    // Deadlines some way ahead, each thread its own.
    int64_t start = now_ns();
    for (int i = 0; i < THREADS; i++) {
        sleepers[i].deadline = start + 150 * MS + i * 50 * US;
        sleepers[i].relative = i % 2;
        must(pthread_create(&sleepers[i].thread, &attributes, sleep_once, &sleepers[i]) == 0, "pthread_create");
    }
    int early = 0, failed = 0;
    static int64_t lateness[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_join(sleepers[i].thread, NULL);
        lateness[i] = sleepers[i].woke - sleepers[i].deadline;
        early += lateness[i] < 0;
        failed += sleepers[i].ret != 0;
    }
    qsort(lateness, THREADS, sizeof lateness[0], compare);
    report("all", "early=%d failed=%d", early, failed);
    report("median", "perceived_ns=%lld expected_ns=0", (long long)lateness[THREADS / 2]);
    report("latest", "perceived_ns=%lld expected_ns=0 late_ns=%lld", (long long)lateness[THREADS - 1], 60 * MS);
}

static volatile bool stop;
static void* sleep_on(void* unused) {
    (void)unused;
    while (!stop) {
        struct timespec time = timespec_of(MS);
        nanosleep(&time, NULL);
        now_ns();
    }
    return NULL;
}

// Forks while other threads are in the middle of waits: the child has one thread, and its waits work.
static void forks(void) {
    pthread_t threads[16];
    for (size_t i = 0; i < LENGTH(threads); i++) pthread_create(&threads[i], NULL, sleep_on, NULL);
    int good = 0;
    enum { FORKS = 40 };
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            int64_t start = now_ns();
            struct timespec time = timespec_of(2 * MS);
            int ret = (int)syscall(SYS_nanosleep, &time, NULL);
            int64_t took = now_ns() - start;
            _exit(ret == 0 && took >= 2 * MS && took < 60 * MS ? 42 : 43);
        }
        int status;
        waitpid(child, &status, 0);
        good += WIFEXITED(status) && WEXITSTATUS(status) == 42;
    }
    stop = true;
    for (size_t i = 0; i < LENGTH(threads); i++) pthread_join(threads[i], NULL);
    report("forks", "good=%d of=%d", good, FORKS);
}

// Threads that come and go: more than any table of theirs could hold.
static void* masked(void* unused) {
    uint64_t all = ~0ull;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
    struct timespec time = timespec_of(10 * US);
    syscall(SYS_nanosleep, &time, NULL);
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask == 0xfffffffffffbfeffull ? unused : NULL;
}

static void comers_and_goers(void) {
    int good = 0;
    enum { ROUNDS = 5000 };
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread;
        void* ret = NULL;
        must(pthread_create(&thread, NULL, masked, &good) == 0, "pthread_create");
        pthread_join(thread, &ret);
        good += ret == &good;
    }
    report("comers_and_goers", "good=%d of=%d", good, ROUNDS);
}

int main(void) {
    guest_begin();
    all_wake();
    forks();
    comers_and_goers();
    return guest_end();
}
