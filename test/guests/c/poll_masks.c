// The signal mask that ppoll, pselect6, epoll_pwait and epoll_pwait2 put in place for the length of the wait.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <ucontext.h>

#include "guest.h"

static int epoll = -1;
static struct timespec timeout, timeout_used;  // a copy: raw calls write back what is left

static long wait_ppoll(const void* mask) {
    return syscall(SYS_ppoll, NULL, 0, &timeout_used, mask, 8);
}
static long wait_ppoll_libc(const void* mask) {
    return ppoll(NULL, 0, &timeout_used, mask);
}
static long wait_pselect6(const void* mask) {
    struct {
        const void* mask;
        size_t size;
    } pair = {mask, 8};
    return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &timeout_used, &pair);
}
static long wait_pselect_libc(const void* mask) {
    return pselect(0, NULL, NULL, NULL, &timeout_used, mask);
}
static long wait_epoll_pwait(const void* mask) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait, epoll, &event, 1, (int)(ns_of(timeout_used) / MS), mask, 8);
}
static long wait_epoll_pwait_libc(const void* mask) {
    struct epoll_event event;
    return epoll_pwait(epoll, &event, 1, (int)(ns_of(timeout_used) / MS), mask);
}
static long wait_epoll_pwait2(const void* mask) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait2, epoll, &event, 1, &timeout_used, mask, 8);
}

static const struct {
    const char* name;
    long (*wait)(const void* mask);
} ways[] = {
    {"ppoll", wait_ppoll},
    {"ppoll_libc", wait_ppoll_libc},
    {"pselect6", wait_pselect6},
    {"pselect_libc", wait_pselect_libc},
    {"epoll_pwait", wait_epoll_pwait},
    {"epoll_pwait_libc", wait_epoll_pwait_libc},
    {"epoll_pwait2", wait_epoll_pwait2},
};

static volatile uint64_t mask_in_frame, mask_in_handler;

static uint64_t current_mask(void) {
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask;
}

static void look(int number, siginfo_t* info, void* context) {
    (void)number;
    (void)info;
    signals_seen = signals_seen + 1;
    memcpy((void*)&mask_in_frame, &((ucontext_t*)context)->uc_sigmask, 8);
    mask_in_handler = current_mask();
}

#define BIT(number) (1ull << ((number)-1))
static const uint64_t sys = BIT(SIGSYS);

static char name[128];
static const char* named(size_t way, const char* what) {
    snprintf(name, sizeof name, "%s.%s", ways[way].name, what);
    return name;
}

// Waits with `mask`, having blocked others before; SIGALRM comes after `alarm_ns`, unless that is 0.
static void wait_with(size_t way, const char* what, int64_t alarm_ns, uint64_t blocked, const uint64_t* mask,
                      int64_t expected_ns) {
    int64_t start = now_ns();
    uint64_t old = current_mask();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, 8);
    int before = signals_seen;
    mask_in_frame = mask_in_handler = 0;
    timeout_used = timeout;
    if (alarm_ns > 0) alarm_after(alarm_ns);
    TIMED_FROM(start, named(way, what), expected_ns, ways[way].wait(mask));
    char what_more[64];
    snprintf(what_more, sizeof what_more, "%s.masks", what);
    // SIGSYS is left out where a handler runs: that it is not in the frame is a stated limit.
    report(named(way, what_more), "seen=%d after=%llx frame=%llx handler=%llx", signals_seen - before,
           (unsigned long long)current_mask(), (unsigned long long)(mask_in_frame & ~sys),
           (unsigned long long)(mask_in_handler & ~sys));
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
}

int main(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = look;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    epoll = epoll_create1(0);
    guest_begin();
    const uint64_t none = 0, usr1 = BIT(SIGUSR1), all = ~0ull;
    for (size_t w = 0; w < LENGTH(ways); w++) {
        // Pending and blocked, and the mask lets it in: at once, even with a timeout of 0.
        timeout = timespec_of(20 * MS);
        sigset_t block;
        sigemptyset(&block);
        sigaddset(&block, SIGUSR1);
        sigprocmask(SIG_BLOCK, &block, NULL);
        raise(SIGUSR1);
        wait_with(w, "pending_let_in", 0, usr1, &none, 0);
        // Still blocked during the wait: it only comes afterwards.
        raise(SIGUSR1);
        timeout = timespec_of(4 * MS);
        wait_with(w, "pending_blocked", 0, usr1, &usr1, 4 * MS);
        wait_with(w, "pending_no_mask", 0, usr1, NULL, 4 * MS);
        wait_with(w, "pending_all_blocked", 0, usr1, &all, 4 * MS);
        // It comes during the wait.
        timeout = timespec_of(20 * MS);
        sigprocmask(SIG_UNBLOCK, &block, NULL);
        wait_with(w, "comes_blocked_outside", 4 * MS, BIT(SIGALRM) | sys, &none, 4 * MS);
        wait_with(w, "comes_mask_of_others", 4 * MS, BIT(SIGALRM), &usr1, 4 * MS);
        wait_with(w, "comes_with_sigsys_blocked", 4 * MS, 0, &sys, 4 * MS);
        // Blocked during the wait only: delivered when the call is over.
        timeout = timespec_of(8 * MS);
        uint64_t alarm_bit = BIT(SIGALRM);
        wait_with(w, "comes_blocked_inside", 4 * MS, 0, &alarm_bit, 8 * MS);
        wait_with(w, "all_blocked", 0, all, &all, 8 * MS);
        timeout = timespec_of(0);
        raise(SIGUSR1);
        wait_with(w, "zero_timeout", 0, 0, &none, 0);
        sigprocmask(SIG_BLOCK, &block, NULL);
        raise(SIGUSR1);
        wait_with(w, "zero_timeout_pending", 0, usr1, &none, 0);
        sigprocmask(SIG_UNBLOCK, &block, NULL);
    }
    // sigsuspend waits for no time, but takes a mask.
    sigset_t none_set;
    sigemptyset(&none_set);
    sigset_t with_sys;
    sigfillset(&with_sys);
    sigdelset(&with_sys, SIGALRM);
    int64_t start = now_ns();
    alarm_after(4 * MS);
    TIMED_FROM(start, "sigsuspend", 4 * MS, sigsuspend(&with_sys));
    struct timespec pause = timespec_of(3 * MS);
    TIMED("sleep_after_sigsuspend", 3 * MS, nanosleep(&pause, NULL));
    report("mask_after_all", "mask=%llx", (unsigned long long)current_mask());
    return guest_end();
}
