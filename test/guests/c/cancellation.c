// pthread_cancel in the middle of timed waits: the thread ends at once and its clean-up handlers run.
#include <semaphore.h>

#include "waits.h"

static volatile int cleaned;
static sem_t started;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void clean(void* argument) {
    cleaned = cleaned + (int)(intptr_t)argument;
}
static void clean_mutex(void* unused) {
    (void)unused;
    cleaned = cleaned + 1;
    pthread_mutex_unlock(&mutex);
}

static int64_t wait_ns;

static int in_nanosleep(void) {
    struct timespec time = timespec_of(wait_ns);
    return nanosleep(&time, NULL);
}
static int in_clock_nanosleep(void) {
    struct timespec time = after(CLOCK_MONOTONIC, wait_ns);
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}
static int in_usleep(void) {
    return usleep((useconds_t)(wait_ns / US));
}
static int in_poll(void) {
    struct pollfd entry = {wait_pipe[0], POLLIN, 0};
    return poll(&entry, 1, (int)(wait_ns / MS));
}
static int in_ppoll(void) {
    struct timespec time = timespec_of(wait_ns);
    return ppoll(NULL, 0, &time, NULL);
}
static int in_select(void) {
    struct timeval time = timeval_of(wait_ns);
    return select(0, NULL, NULL, NULL, &time);
}
static int in_pselect(void) {
    struct timespec time = timespec_of(wait_ns);
    return pselect(0, NULL, NULL, NULL, &time, NULL);
}
static int in_epoll_wait(void) {
    struct epoll_event event;
    return epoll_wait(wait_epoll, &event, 1, (int)(wait_ns / MS));
}
static int in_sem_timedwait(void) {
    struct timespec time = after(CLOCK_REALTIME, wait_ns);
    return sem_timedwait(&wait_sem, &time);
}
static int in_cond_timedwait(void) {
    struct timespec time = after(CLOCK_REALTIME, wait_ns);
    pthread_mutex_lock(&mutex);
    int ret;
    pthread_cleanup_push(clean_mutex, NULL);
    ret = pthread_cond_timedwait(&never, &mutex, &time);
    pthread_cleanup_pop(1);
    return ret;
}
static int in_sigtimedwait(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMAX);
    struct timespec time = timespec_of(wait_ns);
    return sigtimedwait(&set, NULL, &time);
}
#ifdef __GLIBC__
static int in_mq_timedreceive(void) {
    char buffer[16];
    struct timespec time = after(CLOCK_REALTIME, wait_ns);
    return (int)mq_timedreceive(wait_queue, buffer, 16, NULL, &time);
}
#endif
static int in_recv(void) {
    char byte;
    struct timeval time = timeval_of(wait_ns);
    setsockopt(wait_socket[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    return (int)recv(wait_socket[0], &byte, 1, 0);
}

static const struct {
    const char* name;
    int (*wait)(void);
} points[] = {
    {"nanosleep", in_nanosleep},
    {"clock_nanosleep", in_clock_nanosleep},
    {"usleep", in_usleep},
    {"poll", in_poll},
    {"ppoll", in_ppoll},
    {"select", in_select},
    {"pselect", in_pselect},
    {"epoll_wait", in_epoll_wait},
    {"sem_timedwait", in_sem_timedwait},
    {"cond_timedwait", in_cond_timedwait},
    {"sigtimedwait", in_sigtimedwait},
#ifdef __GLIBC__
    // musl's way needs a call that a signal ends; this one the kernel takes up again inside the layer: a stated limit.
    {"mq_timedreceive", in_mq_timedreceive},
#endif
    {"recv", in_recv},
};

static void* wait_to_be_cancelled(void* argument) {
    size_t point = (size_t)(uintptr_t)argument;
    pthread_cleanup_push(clean, (void*)100);
    pthread_cleanup_push(clean, (void*)10);
    sem_post(&started);
    points[point].wait();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

#ifdef __GLIBC__
static void* uncancelled(void* argument) {
    size_t point = (size_t)(uintptr_t)argument;
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    sem_post(&started);
    int64_t start = now_ns();
    points[point].wait();
    int64_t took = now_ns() - start;
    char name[64];
    snprintf(name, sizeof name, "disabled.%s", points[point].name);
    report(name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld", (long long)took, 10 * MS, 25 * MS);
    return NULL;
}
#endif

static void cancel(size_t point, const char* how, int64_t delay_ns) {
    cleaned = 0;
    pthread_t thread;
    wait_ns = 3 * SEC;
    must(pthread_create(&thread, NULL, wait_to_be_cancelled, (void*)(uintptr_t)point) == 0, "pthread_create");
    sem_wait(&started);
    struct timespec time = timespec_of(delay_ns);
    nanosleep(&time, NULL);
    void* ret = NULL;
    int64_t start = now_ns();
    pthread_cancel(thread);
    pthread_join(thread, &ret);
    char name[64];
    snprintf(name, sizeof name, "%s.%s", how, points[point].name);
    report(name, "perceived_ns=%lld expected_ns=0 cancelled=%d cleaned=%d", (long long)(now_ns() - start),
           ret == PTHREAD_CANCELED, cleaned);
}

static void* pending_at_entry(void* argument) {
    pthread_cleanup_push(clean, (void*)1);
    sem_wait(&started);
    points[(size_t)(uintptr_t)argument].wait();
    pthread_cleanup_pop(0);
    return NULL;
}

static void* asynchronous(void* unused) {
    int old;
    (void)unused;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_cleanup_push(clean, (void*)1);
    sem_post(&started);
    struct timespec time = timespec_of(3 * SEC);
    syscall(SYS_nanosleep, &time, NULL);
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void) {
    make_waits();
    sem_init(&started, 0, 0);
    guest_begin();
    for (size_t p = 0; p < LENGTH(points); p++) cancel(p, "waiting", 4 * MS);
    for (size_t p = 0; p < LENGTH(points); p++) cancel(p, "about_to", 0);
    for (size_t p = 0; p < 4; p++) {
        cleaned = 0;
        pthread_t thread;
        wait_ns = 3 * SEC;
        pthread_create(&thread, NULL, pending_at_entry, (void*)(uintptr_t)p);
        int64_t start = now_ns();
        pthread_cancel(thread);
        sem_post(&started);
        void* ret;
        pthread_join(thread, &ret);
        char name[64];
        snprintf(name, sizeof name, "pending.%s", points[p].name);
        report(name, "perceived_ns=%lld expected_ns=0 cancelled=%d cleaned=%d", (long long)(now_ns() - start),
               ret == PTHREAD_CANCELED, cleaned);
        while (sem_trywait(&started) == 0) {
        }
    }
#ifdef __GLIBC__
    // musl interrupts what is not to be cancelled, too.
    for (size_t p = 0; p < LENGTH(points); p++) {
        pthread_t thread;
        wait_ns = 10 * MS;
        pthread_create(&thread, NULL, uncancelled, (void*)(uintptr_t)p);
        sem_wait(&started);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
#endif
    cleaned = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, asynchronous, NULL);
    sem_wait(&started);
    struct timespec time = timespec_of(4 * MS);
    nanosleep(&time, NULL);
    void* ret;
    int64_t start = now_ns();
    pthread_cancel(thread);
    pthread_join(thread, &ret);
    report("asynchronous", "perceived_ns=%lld expected_ns=0 cancelled=%d cleaned=%d", (long long)(now_ns() - start),
           ret == PTHREAD_CANCELED, cleaned);
    TIMED("afterwards", 4 * MS, nanosleep(&time, NULL));
    unmake_waits();
    return guest_end();
}
