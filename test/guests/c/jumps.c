// Leaving a wait by other ways than its return: longjmp out of a handler, swapcontext, exit from a handler, the default
// action of SIGALRM.
#include <setjmp.h>
#ifdef __GLIBC__
#include <ucontext.h>
#endif

#include "waits.h"

static sigjmp_buf back;

static void jump(int number) {
    (void)number;
    siglongjmp(back, 1);
}

// Out of every wait, many times: nothing may pile up on a stack or elsewhere.
static void long_jumps(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = jump;
    sigaction(SIGALRM, &action, NULL);
    for (volatile size_t w = 0; w < WAITS; w++) {
        volatile int64_t start = now_ns();
        if (sigsetjmp(back, 1) == 0) {
            alarm_after(3 * MS);
            waits[w].wait(SEC);
        }
        char name[64];
        snprintf(name, sizeof name, "longjmp.%s", waits[w].name);
        uint64_t mask = 0;
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
        report(name, "perceived_ns=%lld expected_ns=%lld mask=%llx", (long long)(now_ns() - start), 3 * MS,
               (unsigned long long)mask);
        report_wait("after_longjmp", w, now_ns(), 2 * MS, 2 * MS);
    }
    volatile int jumps = 0;
    volatile int64_t start = now_ns();
    while (jumps < 100) {
        if (sigsetjmp(back, 1) == 0) {
            alarm_after(300 * US);
            waits[(size_t)jumps % 12].wait(SEC);
        } else {
            jumps = jumps + 1;
        }
    }
    check("longjmp.often", now_ns() - start >= 30 * MS, "%lld ns", (long long)(now_ns() - start));
    signal(SIGALRM, SIG_DFL);
}

// Without the mask: the handler's mask stays in force after the jump.
static void jump_without_mask(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = jump;
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaction(SIGALRM, &action, NULL);
    if (sigsetjmp(back, 0) == 0) {
        alarm_after(3 * MS);
        waits[0].wait(SEC);
    }
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    report("jump_without_mask", "mask=%llx", (unsigned long long)mask);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGALRM, SIG_DFL);
}

#ifdef __GLIBC__
// Two user-level threads that take turns, each waiting in its turn; then a switch out of a handler.
static ucontext_t main_context, contexts[2];
static volatile int turns;

static void take_turns(int which) {
    for (int i = 0; i < 5; i++) {
        waits[which ? 0 : 4].wait(2 * MS);
        turns = turns + 1;
        swapcontext(&contexts[which], &contexts[1 - which]);
    }
}

static void switch_away(int number) {
    (void)number;
    setcontext(&main_context);
}

static void contexts_switch(void) {
    static char stacks[2][65536];
    for (int i = 0; i < 2; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = sizeof stacks[i];
        contexts[i].uc_link = &main_context;
        makecontext(&contexts[i], (void (*)(void))take_turns, 1, i);
    }
    int64_t start = now_ns();
    swapcontext(&main_context, &contexts[0]);
    report("swapcontext", "perceived_ns=%lld expected_ns=%lld turns=%d", (long long)(now_ns() - start), 20 * MS, turns);
    signal(SIGALRM, switch_away);
    volatile bool switched = false;
    start = now_ns();
    getcontext(&main_context);
    if (!switched) {
        switched = true;
        alarm_after(4 * MS);
        waits[1].wait(SEC);
    }
    report("setcontext", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 4 * MS);
    report_wait("after_setcontext", 1, now_ns(), 3 * MS, 3 * MS);
    signal(SIGALRM, SIG_DFL);
}
#endif

static void leave(int number) {
    (void)number;
    _exit(17);
}

// How a child ends that waits, with an alarm set.
static void endings(void) {
    static const char* names[] = {"default", "exit_in_handler", "alarm", "timer"};
    for (int which = 0; which < 4; which++) {
        int64_t start = now_ns();
        pid_t child = fork();
        if (child == 0) {
            signal(SIGALRM, which == 1 ? leave : SIG_DFL);
            if (which == 2) {
                ualarm(8000, 0);
            } else if (which == 3) {
                timer_t timer;
                timer_create(CLOCK_MONOTONIC, NULL, &timer);
                struct itimerspec value = {{0, 0}, timespec_of(8 * MS)};
                timer_settime(timer, 0, &value, NULL);
            } else {
                alarm_after(8 * MS);
            }
            waits[(which * 4) % 12].wait(SEC);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        char name[64];
        snprintf(name, sizeof name, "ending.%s", names[which]);
        report(name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld signaled=%d signal=%d code=%d",
               (long long)(now_ns() - start), 8 * MS, 10 * MS, WIFSIGNALED(status),
               WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
    }
}

int main(void) {
    make_waits();
    wait_io_getevents(0);
    guest_begin();
    long_jumps();
    jump_without_mask();
#ifdef __GLIBC__
    contexts_switch();
#endif
    endings();
    unmake_waits();
    return guest_end();
}
