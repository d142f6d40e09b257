// The timed waits of the C library: conditions, semaphores, locks, joins, on both clocks.
#include <semaphore.h>
#include <threads.h>

#include "guest.h"

static pthread_mutex_t mutex;
static pthread_cond_t condition;
static sem_t semaphore;
static pthread_rwlock_t rwlock;
static pthread_t joinable;
static mtx_t c_mutex;
static cnd_t c_condition;
static bool woken;

static struct timespec deadline(clockid_t clock, int64_t ns) {
    return timespec_of(clock_ns(clock) + ns);
}

// Each waits `ns` at most for what another thread gives, and returns 0 or why not.
static int wait_condition(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    pthread_mutex_lock(&mutex);
    int ret = 0;
    while (!woken && ret == 0) ret = pthread_cond_timedwait(&condition, &mutex, &time);
    pthread_mutex_unlock(&mutex);
    return ret;
}
static int wait_semaphore(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return sem_timedwait(&semaphore, &time) == 0 ? 0 : errno;
}
static int wait_mutex(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_mutex_timedlock(&mutex, &time);
}
static int wait_read_lock(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_rwlock_timedrdlock(&rwlock, &time);
}
static int wait_write_lock(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_rwlock_timedwrlock(&rwlock, &time);
}
static int wait_c_mutex(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return mtx_timedlock(&c_mutex, &time);
}
static int wait_c_condition(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    mtx_lock(&c_mutex);
    int ret = thrd_success;
    while (!woken && ret == thrd_success) ret = cnd_timedwait(&c_condition, &c_mutex, &time);
    mtx_unlock(&c_mutex);
    return ret;
}
static int wait_join(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_timedjoin_np(joinable, NULL, &time);
}
#ifdef __GLIBC__
static int wait_condition_on(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    pthread_mutex_lock(&mutex);
    int ret = 0;
    while (!woken && ret == 0) ret = pthread_cond_clockwait(&condition, &mutex, clock, &time);
    pthread_mutex_unlock(&mutex);
    return ret;
}
static int wait_semaphore_on(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return sem_clockwait(&semaphore, clock, &time) == 0 ? 0 : errno;
}
static int wait_mutex_on(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_mutex_clocklock(&mutex, clock, &time);
}
static int wait_write_lock_on(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_rwlock_clockwrlock(&rwlock, clock, &time);
}
static int wait_join_on(clockid_t clock, int64_t ns) {
    struct timespec time = deadline(clock, ns);
    return pthread_clockjoin_np(joinable, NULL, clock, &time);
}
#endif

// What another thread holds for a while: it takes everything, waits until told to let go, then gives everything.
static sem_t taken;
static int64_t hold_ns;

static void* holder(void* unused) {
    (void)unused;
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    mtx_lock(&c_mutex);
    sem_post(&taken);
    struct timespec pause = timespec_of(hold_ns);
    nanosleep(&pause, NULL);
    pthread_rwlock_unlock(&rwlock);
    woken = true;
    pthread_cond_broadcast(&condition);
    cnd_broadcast(&c_condition);
    pthread_mutex_unlock(&mutex);
    mtx_unlock(&c_mutex);
    sem_post(&semaphore);
    return NULL;
}

static void* sleeper(void* unused) {
    (void)unused;
    struct timespec pause = timespec_of(hold_ns);
    nanosleep(&pause, NULL);
    return NULL;
}

static const struct {
    const char* name;
    int (*wait)(clockid_t clock, int64_t ns);
    clockid_t clock;
    clockid_t condition_clock;
    bool priority_inherits;
    enum { HELD, FREE, JOIN } needs;
} waits[] = {
    {"cond_timedwait.realtime", wait_condition, CLOCK_REALTIME, CLOCK_REALTIME, false, FREE},
    {"cond_timedwait.monotonic", wait_condition, CLOCK_MONOTONIC, CLOCK_MONOTONIC, false, FREE},
    {"cond_timedwait.pi", wait_condition, CLOCK_REALTIME, CLOCK_REALTIME, true, FREE},
    {"sem_timedwait", wait_semaphore, CLOCK_REALTIME, CLOCK_REALTIME, false, FREE},
    {"mutex_timedlock", wait_mutex, CLOCK_REALTIME, CLOCK_REALTIME, false, HELD},
    {"mutex_timedlock.pi", wait_mutex, CLOCK_REALTIME, CLOCK_REALTIME, true, HELD},
    {"rwlock_timedrdlock", wait_read_lock, CLOCK_REALTIME, CLOCK_REALTIME, false, HELD},
    {"rwlock_timedwrlock", wait_write_lock, CLOCK_REALTIME, CLOCK_REALTIME, false, HELD},
    {"mtx_timedlock", wait_c_mutex, CLOCK_REALTIME, CLOCK_REALTIME, false, HELD},
    {"cnd_timedwait", wait_c_condition, CLOCK_REALTIME, CLOCK_REALTIME, false, FREE},
    {"timedjoin", wait_join, CLOCK_REALTIME, CLOCK_REALTIME, false, JOIN},
#ifdef __GLIBC__
    {"cond_clockwait.realtime", wait_condition_on, CLOCK_REALTIME, CLOCK_REALTIME, false, FREE},
    {"cond_clockwait.monotonic", wait_condition_on, CLOCK_MONOTONIC, CLOCK_REALTIME, false, FREE},
    {"sem_clockwait.monotonic", wait_semaphore_on, CLOCK_MONOTONIC, CLOCK_REALTIME, false, FREE},
    {"mutex_clocklock.monotonic", wait_mutex_on, CLOCK_MONOTONIC, CLOCK_REALTIME, false, HELD},
    {"mutex_clocklock.pi.monotonic", wait_mutex_on, CLOCK_MONOTONIC, CLOCK_REALTIME, true, HELD},
    {"rwlock_clockwrlock.monotonic", wait_write_lock_on, CLOCK_MONOTONIC, CLOCK_REALTIME, false, HELD},
    {"clockjoin.monotonic", wait_join_on, CLOCK_MONOTONIC, CLOCK_REALTIME, false, JOIN},
#endif
};

static void prepare(size_t w) {
    pthread_mutexattr_t mutex_attributes;
    pthread_mutexattr_init(&mutex_attributes);
    pthread_mutexattr_setprotocol(&mutex_attributes,
                                  waits[w].priority_inherits ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
    must(pthread_mutex_init(&mutex, &mutex_attributes) == 0, "pthread_mutex_init");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, waits[w].condition_clock);
    must(pthread_cond_init(&condition, &attributes) == 0, "pthread_cond_init");
    pthread_rwlock_init(&rwlock, NULL);
    mtx_init(&c_mutex, mtx_timed);
    cnd_init(&c_condition);
    sem_init(&semaphore, 0, 0);
    woken = false;
}

static void reported(size_t w, const char* what, int64_t start, int64_t expected_ns, int ret) {
    char name[128];
    int64_t took = now_ns() - start;
    snprintf(name, sizeof name, "%s.%s", waits[w].name, what);
    report(name, "perceived_ns=%lld expected_ns=%lld ret=%d", (long long)took, (long long)expected_ns, ret);
}

static void one(size_t w) {
    pthread_t thread;
    prepare(w);
    if (waits[w].needs == HELD) {
        hold_ns = 40 * MS;
        pthread_create(&thread, NULL, holder, NULL);
        sem_wait(&taken);
    } else if (waits[w].needs == JOIN) {
        hold_ns = 30 * MS;
        pthread_create(&joinable, NULL, sleeper, NULL);
    }
    int64_t start = now_ns();
    int ret = waits[w].wait(waits[w].clock, 12 * MS);
    reported(w, "timeout", start, 12 * MS, ret);
    start = now_ns();
    ret = waits[w].wait(waits[w].clock, -5 * MS);
    reported(w, "past", start, 0, ret);
    if (waits[w].needs == HELD) pthread_join(thread, NULL);
    if (waits[w].needs == JOIN) pthread_join(joinable, NULL);

    prepare(w);
    hold_ns = 10 * MS;
    start = now_ns();
    if (waits[w].needs == JOIN) {
        pthread_create(&joinable, NULL, sleeper, NULL);
    } else {
        pthread_create(&thread, NULL, holder, NULL);
        sem_wait(&taken);
    }
    ret = waits[w].wait(waits[w].clock, 60 * MS);
    reported(w, "in_time", start, 10 * MS, ret);
    if (waits[w].needs != JOIN) {
        // a PI mutex must be free again before it can be made anew
        if (waits[w].needs == HELD && waits[w].wait == wait_mutex) pthread_mutex_unlock(&mutex);
        pthread_join(thread, NULL);
    }
}

static void others(void) {
    struct timespec time = timespec_of(8 * MS);
    TIMED("thrd_sleep", 8 * MS, thrd_sleep(&time, NULL));
    prepare(0);
    handle(SIGALRM, 0);
    int64_t start = now_ns();
    alarm_after(6 * MS);
    time = deadline(CLOCK_REALTIME, 20 * MS);
    TIMED_FROM(start, "sem_timedwait.signal", 6 * MS, sem_timedwait(&semaphore, &time));
    handle(SIGALRM, SA_RESTART);
    start = now_ns();
    alarm_after(6 * MS);
    time = deadline(CLOCK_REALTIME, 20 * MS);
    errno = 0;
    int ret = sem_timedwait(&semaphore, &time);
    report("sem_timedwait.signal_restart", "perceived_ns=%lld expected_ns=%lld ret=%d errno=%d",
           (long long)(now_ns() - start), (errno == EINTR ? 6 : 20) * MS, ret, errno);
    // Conditions and locks are never interrupted.
    start = now_ns();
    alarm_after(6 * MS);
    ret = wait_condition(CLOCK_REALTIME, 14 * MS);
    report("cond_timedwait.signal", "perceived_ns=%lld expected_ns=%lld ret=%d", (long long)(now_ns() - start), 14 * MS,
           ret);
    time = (struct timespec){clock_ns(CLOCK_REALTIME) / SEC + 1, 1000000000};
    ret = sem_timedwait(&semaphore, &time);
    report("sem_timedwait.invalid", "ret=%d errno=%d", ret, errno);
    pthread_mutex_lock(&mutex);
    report("cond_timedwait.invalid", "ret=%d", pthread_cond_timedwait(&condition, &mutex, &time));
    pthread_mutex_unlock(&mutex);
}

int main(void) {
    sem_init(&taken, 0, 0);
    guest_begin();
    for (size_t w = 0; w < LENGTH(waits); w++) one(w);
    others();
    return guest_end();
}
