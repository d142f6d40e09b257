// Every call that takes a time, with every kind of value and pointer: the answers must be the kernel's own.
//
// A call that would wait is ended by SIGALRM after a moment, so that "invalid" and "for ever" cannot be mistaken.
#include <sys/timerfd.h>

#include "waits.h"

#define MOMENT (2 * MS)

static int armed_timerfd;
static int posix_timer;

// Calls with a pointer to a timespec, itimerspec or timeval in the place where the time is.
#define CALL(name, call) \
    static long name(void* time) { return call; }
CALL(call_nanosleep, syscall(SYS_nanosleep, time, NULL))
CALL(call_clock_nanosleep, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, time, NULL))
CALL(call_clock_nanosleep_abs, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, time, NULL))
CALL(call_clock_nanosleep_wall, syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, time, NULL))
CALL(call_clock_nanosleep_boot, syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, time, NULL))
CALL(call_clock_nanosleep_cpu, syscall(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, time, NULL))
CALL(call_ppoll, syscall(SYS_ppoll, NULL, 0, time, NULL, 8))
CALL(call_pselect6, syscall(SYS_pselect6, 0, NULL, NULL, NULL, time, NULL))
CALL(call_epoll_pwait2, syscall(SYS_epoll_pwait2, wait_epoll, (char[64]){0}, 1, time, NULL, 8))
CALL(call_futex, syscall(SYS_futex, &wait_word, FUTEX_WAIT, 0, time, NULL, 0))
CALL(call_futex_bitset, syscall(SYS_futex, &wait_word, FUTEX_WAIT_BITSET, 0, time, NULL, ~0u))
CALL(call_futex_bitset_wall,
     syscall(SYS_futex, &wait_word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, time, NULL, ~0u))
CALL(call_futex_lock_pi, syscall(SYS_futex, &wait_word, FUTEX_LOCK_PI, 0, time, NULL, 0))
CALL(call_sigtimedwait, syscall(SYS_rt_sigtimedwait, &(uint64_t){1ull << 63}, NULL, time, 8))
CALL(call_semtimedop, syscall(SYS_semtimedop, wait_semaphores, &(struct sembuf){0, -1, 0}, 1, time))
CALL(call_mq_timedreceive, syscall(SYS_mq_timedreceive, wait_queue, (char[16]){0}, 16, NULL, time))
CALL(call_mq_timedsend_room, syscall(SYS_mq_timedsend, wait_queue, "", 17, 0, time))
CALL(call_recvmmsg, syscall(SYS_recvmmsg, wait_socket[0], NULL, 0, 0, time))
CALL(call_io_getevents, syscall(SYS_io_getevents, wait_aio, 1, 1, (char[32]){0}, time))
CALL(call_timerfd, syscall(SYS_timerfd_settime, armed_timerfd, 0, time, NULL))
CALL(call_timer, syscall(SYS_timer_settime, posix_timer, 0, time, NULL))

static long call_futex_waitv(void* time) {
    struct {
        uint64_t value, address;
        uint32_t flags, reserved;
    } waiter = {0, (uint64_t)(uintptr_t)&wait_word, 2 | 128, 0};
    return syscall(SYS_futex_waitv, &waiter, 1, 0, time, CLOCK_MONOTONIC);
}
CALL(call_select, syscall(SYS_select, 0, NULL, NULL, NULL, time))
CALL(call_setitimer, syscall(SYS_setitimer, ITIMER_VIRTUAL, time, NULL))
CALL(call_rcvtimeo, setsockopt(wait_socket[0], SOL_SOCKET, SO_RCVTIMEO, time, sizeof(struct timeval)))
CALL(call_sndtimeo, setsockopt(wait_socket[0], SOL_SOCKET, SO_SNDTIMEO, time, sizeof(struct timeval)))

static const struct {
    const char* name;
    long (*call)(void* time);
    bool timeval;
} calls[] = {
    {"nanosleep", call_nanosleep, false},
    {"clock_nanosleep", call_clock_nanosleep, false},
    {"clock_nanosleep_abs", call_clock_nanosleep_abs, false},
    {"clock_nanosleep_wall", call_clock_nanosleep_wall, false},
    {"clock_nanosleep_boot", call_clock_nanosleep_boot, false},
    {"clock_nanosleep_cpu", call_clock_nanosleep_cpu, false},
    {"ppoll", call_ppoll, false},
    {"pselect6", call_pselect6, false},
    {"epoll_pwait2", call_epoll_pwait2, false},
    {"futex", call_futex, false},
    {"futex_bitset", call_futex_bitset, false},
    {"futex_bitset_wall", call_futex_bitset_wall, false},
    {"futex_lock_pi", call_futex_lock_pi, false},
    {"futex_waitv", call_futex_waitv, false},
    {"sigtimedwait", call_sigtimedwait, false},
    {"semtimedop", call_semtimedop, false},
    {"mq_timedreceive", call_mq_timedreceive, false},
    {"mq_timedsend", call_mq_timedsend_room, false},
    {"recvmmsg", call_recvmmsg, false},
    {"io_getevents", call_io_getevents, false},
    {"timerfd_settime", call_timerfd, false},
    {"timer_settime", call_timer, false},
    {"select", call_select, true},
    {"setitimer", call_setitimer, true},
    {"rcvtimeo", call_rcvtimeo, true},
    {"sndtimeo", call_sndtimeo, true},
};

static const struct {
    const char* name;
    int64_t seconds, fraction;  // fraction: nanoseconds or microseconds
} values[] = {
    {"zero", 0, 0},
    {"negative_fraction", 0, -1},
    {"fraction_too_large", 0, 1000000000},
    {"fraction_much_too_large", 0, INT64_MAX},
    {"fraction_least", 0, INT64_MIN},
    {"negative", -1, 0},
    {"negative_with_fraction", -1, 999999},
    {"most_negative", INT64_MIN, 0},
    {"year_2038", 0x80000000ll, 0},
    {"ten_thousand_years", 315576000000ll, 0},
    {"most_as_ns", INT64_MAX / SEC, 854775807 / 1000},
    {"beyond_ns", INT64_MAX / SEC + 1, 0},
    {"most", INT64_MAX, 999999},
};

static char name[128];

// Makes the call with an alarm set; tells how it ended.
static void try(size_t c, const char* what, void* time) {
    // What an earlier value has set must not count.
    static const struct itimerspec disarmed;
    timerfd_settime(armed_timerfd, 0, &disarmed, NULL);
    wait_word = 0;
    // Held by ourselves: a lock that never comes could not be interrupted.
    if (calls[c].call == call_futex_lock_pi) wait_word = (uint32_t)syscall(SYS_gettid);
    int64_t start = now_ns();
    alarm_after(MOMENT);
    errno = 0;
    long ret = calls[c].call(time);
    int error = ret < 0 ? errno : 0;
    int64_t took = now_ns() - start;
    alarm_after(0);
    bool waited = error == EINTR;
    snprintf(name, sizeof name, "%s.%s", calls[c].name, what);
    report(name, "perceived_ns=%lld expected_ns=%lld ret=%ld errno=%d", (long long)took, waited ? MOMENT : 0ll, ret,
           error);
}

int main(void) {
    make_waits();
    handle(SIGALRM, 0);
    wait_io_getevents(0);
    armed_timerfd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct {
        long value;
        int signo, notify, pad[12];
    } event = {0, 0, SIGEV_NONE, {0}};
    must(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &posix_timer) == 0, "timer_create");
    guest_begin();
    char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + 4096, 4096, PROT_NONE);
    char* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char* gap = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct {
        const char* name;
        void* pointer;
    } pointers[] = {
        {"null", NULL},
        {"low", (void*)16},
        {"unmapped", (void*)0x20000},
        {"kernel", (void*)0xffff800000000000ul},
        {"noncanonical", (void*)0x8000000000000000ul},
        {"sealed", sealed},
        {"no_access", gap},
        {"straddling", page + 4096 - 8},
        {"straddling_first", page + 4096 - 4},
    };
    for (size_t c = 0; c < LENGTH(calls); c++) {
        for (size_t v = 0; v < LENGTH(values); v++) {
            struct {
                struct timespec first, second;
            } time = {{values[v].seconds, values[v].fraction}, {0, 0}};
            // The value comes second in an interval timer's structure.
            if (calls[c].call == call_timerfd || calls[c].call == call_timer || calls[c].call == call_setitimer) {
                time.second = time.first;
                time.first = (struct timespec){0, 0};
            }
            try(c, values[v].name, &time);
        }
        for (size_t p = 0; p < LENGTH(pointers); p++) try(c, pointers[p].name, pointers[p].pointer);
    }
    unmake_waits();
    return guest_end();
}
