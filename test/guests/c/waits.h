// One table of all calls that wait for some time: the programs that disturb waits (signals, stops, rate changes,
// exhausted descriptors, tiny stacks) go through it from top to bottom.
//
// Every wait here waits for something that never happens, `ns` long, and returns what the call returned. Those that
// need descriptors or other objects find them made by make_waits().
#ifndef TEST_GUEST_WAITS_H
#define TEST_GUEST_WAITS_H

#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "guest.h"

static int wait_pipe[2], wait_epoll = -1, wait_socket[2], wait_semaphores = -1;
static mqd_t wait_queue = (mqd_t)-1;
static sem_t wait_sem;
static unsigned long wait_aio;
static uint32_t wait_word;

static inline struct timespec after(clockid_t clock, int64_t ns) {
    return timespec_of(clock_ns(clock) + ns);
}

static long wait_nanosleep(int64_t ns) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_nanosleep, &time, NULL);
}
static long wait_clock_nanosleep(int64_t ns) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL);
}
static long wait_clock_nanosleep_abs(int64_t ns) {
    struct timespec time = after(CLOCK_MONOTONIC, ns);
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}
static long wait_clock_nanosleep_abs_realtime(int64_t ns) {
    struct timespec time = after(CLOCK_REALTIME, ns);
    return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL);
}
static long wait_poll(int64_t ns) {
    struct pollfd entry = {wait_pipe[0], POLLIN, 0};
    return syscall(SYS_poll, &entry, 1, (int)(ns / MS));
}
static long wait_ppoll(int64_t ns) {
    struct pollfd entry = {wait_pipe[0], POLLIN, 0};
    struct timespec time = timespec_of(ns);
    return syscall(SYS_ppoll, &entry, 1, &time, NULL, 8);
}
static long wait_select(int64_t ns) {
    struct timeval time = timeval_of(ns);
    return syscall(SYS_select, 0, NULL, NULL, NULL, &time);
}
static long wait_pselect6(int64_t ns) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &time, NULL);
}
static long wait_epoll_wait(int64_t ns) {
    struct epoll_event event;
    return syscall(SYS_epoll_wait, wait_epoll, &event, 1, (int)(ns / MS));
}
static long wait_epoll_pwait(int64_t ns) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait, wait_epoll, &event, 1, (int)(ns / MS), NULL, 8);
}
static long wait_epoll_pwait2(int64_t ns) {
    struct epoll_event event;
    struct timespec time = timespec_of(ns);
    return syscall(SYS_epoll_pwait2, wait_epoll, &event, 1, &time, NULL, 8);
}
static long wait_futex(int64_t ns) {
    struct timespec time = timespec_of(ns);
    return syscall(SYS_futex, &wait_word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}
static long wait_futex_bitset(int64_t ns) {
    struct timespec time = after(CLOCK_MONOTONIC, ns);
    return syscall(SYS_futex, &wait_word, FUTEX_WAIT_BITSET_PRIVATE, 0, &time, NULL, ~0u);
}
static long wait_futex_bitset_realtime(int64_t ns) {
    struct timespec time = after(CLOCK_REALTIME, ns);
    return syscall(SYS_futex, &wait_word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &time, NULL, ~0u);
}
static long wait_futex_waitv(int64_t ns) {
    struct {
        uint64_t value, address;
        uint32_t flags, reserved;
    } waiter = {0, (uint64_t)(uintptr_t)&wait_word, 2 | 128, 0};
    struct timespec time = after(CLOCK_MONOTONIC, ns);
    return syscall(SYS_futex_waitv, &waiter, 1, 0, &time, CLOCK_MONOTONIC);
}
static long wait_sigtimedwait(int64_t ns) {
    uint64_t set = 1ull << (SIGRTMAX - 1);
    struct timespec time = timespec_of(ns);
    return syscall(SYS_rt_sigtimedwait, &set, NULL, &time, 8);
}
static long wait_semtimedop(int64_t ns) {
    struct sembuf take = {0, -1, 0};
    struct timespec time = timespec_of(ns);
    return syscall(SYS_semtimedop, wait_semaphores, &take, 1, &time);
}
static long wait_mq_timedreceive(int64_t ns) {
    char buffer[16];
    struct timespec time = after(CLOCK_REALTIME, ns);
    return syscall(SYS_mq_timedreceive, wait_queue, buffer, 16, NULL, &time);
}
static long wait_io_getevents(int64_t ns) {
    // Made on demand: to destroy it costs the kernel milliseconds.
    if (wait_aio == 0 && syscall(SYS_io_setup, 1, &wait_aio) != 0) return -1;
    char events[32];
    struct timespec time = timespec_of(ns);
    return syscall(SYS_io_getevents, wait_aio, 1, 1, events, &time);
}
static long wait_sem_timedwait(int64_t ns) {
    struct timespec time = after(CLOCK_REALTIME, ns);
    return sem_timedwait(&wait_sem, &time);
}
static long wait_recv(int64_t ns) {
    struct timeval time = timeval_of(ns);
    char byte;
    setsockopt(wait_socket[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    return recv(wait_socket[0], &byte, 1, 0);
}
static long wait_timerfd(int64_t ns) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (fd < 0) return -1;
    struct itimerspec time = {{0, 0}, timespec_of(ns)};
    timerfd_settime(fd, 0, &time, NULL);
    uint64_t count;
    long ret = read(fd, &count, sizeof count);
    int error = errno;
    close(fd);
    errno = error;
    return ret;
}

static const struct wait {
    const char* name;
    long (*wait)(int64_t ns);
    bool ticks;         // the kernel counts it in ticks
    bool resumes_anew;  // after a stop the kernel goes on with what was left before the stop
} waits[] = {
    {"nanosleep", wait_nanosleep, false, false},
    {"clock_nanosleep", wait_clock_nanosleep, false, false},
    {"clock_nanosleep_abs", wait_clock_nanosleep_abs, false, false},
    {"clock_nanosleep_abs_realtime", wait_clock_nanosleep_abs_realtime, false, false},
    {"poll", wait_poll, false, false},
    {"ppoll", wait_ppoll, false, true},
    {"select", wait_select, false, true},
    {"pselect6", wait_pselect6, false, true},
    {"epoll_wait", wait_epoll_wait, false, false},
    {"epoll_pwait", wait_epoll_pwait, false, false},
    {"epoll_pwait2", wait_epoll_pwait2, false, false},
    {"futex", wait_futex, false, false},
    {"futex_bitset", wait_futex_bitset, false, false},
    {"futex_bitset_realtime", wait_futex_bitset_realtime, false, false},
    {"futex_waitv", wait_futex_waitv, false, false},
    {"sigtimedwait", wait_sigtimedwait, false, false},
    {"semtimedop", wait_semtimedop, false, false},
    {"mq_timedreceive", wait_mq_timedreceive, false, false},
    {"io_getevents", wait_io_getevents, false, false},
    {"sem_timedwait", wait_sem_timedwait, false, false},
    {"recv", wait_recv, true, false},
    {"timerfd", wait_timerfd, false, false},
};

#define WAITS LENGTH(waits)

// Real time by which a wait that the kernel counts in ticks may be late: one tick, and an eighth for long ones.
static inline int64_t late_ns(size_t wait) {
    return waits[wait].ticks ? 25 * MS : 0;
}

static inline void make_waits(void) {
    must(pipe2(wait_pipe, O_CLOEXEC) == 0, "pipe");
    wait_epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
    must(epoll_ctl(wait_epoll, EPOLL_CTL_ADD, wait_pipe[0], &event) == 0, "epoll_ctl");
    must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, wait_socket) == 0, "socketpair");
    wait_semaphores = semget(IPC_PRIVATE, 1, 0600);
    must(wait_semaphores >= 0, "semget");
    char path[64];
    snprintf(path, sizeof path, "/diecast-waits-%d", getpid());
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 16};
    wait_queue = mq_open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600, &attributes);
    must(wait_queue != (mqd_t)-1, "mq_open");
    mq_unlink(path);
    sem_init(&wait_sem, 0, 0);
}

static inline void unmake_waits(void) {
    close(wait_pipe[0]);
    close(wait_pipe[1]);
    close(wait_epoll);
    close(wait_socket[0]);
    close(wait_socket[1]);
    semctl(wait_semaphores, 0, IPC_RMID);
    mq_close(wait_queue);
    if (wait_aio != 0) syscall(SYS_io_destroy, wait_aio);
}

// Waits `ns` with the wait of this number and reports what happened.
static inline void report_wait(const char* prefix, size_t number, int64_t start, int64_t ns, int64_t expected_ns) {
    char name[256];
    snprintf(name, sizeof name, "%s.%s", prefix, waits[number].name);
    errno = 0;
    long ret = waits[number].wait(ns);
    int error = ret < 0 ? errno : 0;
    int64_t took = now_ns() - start;
    report(name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%ld errno=%d", (long long)took,
           (long long)expected_ns, (long long)late_ns(number), ret, error);
}

#endif
