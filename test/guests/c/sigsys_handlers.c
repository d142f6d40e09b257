// A guest that does what it likes with SIGSYS: handles, ignores, blocks, resets it, has it sent and waits for it. It
// sees its own doing, as natively, and its waits stay dilated.
#include <sys/prctl.h>
#include <ucontext.h>

#include "waits.h"

static char name[128];

static volatile int seen, code, sender_is_me, value, number_seen, on_alternate;
static char *alternate_low, *alternate_high;

static void handler(int number, siginfo_t* info, void* context) {
    (void)context;
    char here;
    seen = seen + 1;
    number_seen = number;
    code = info->si_code;
    sender_is_me = info->si_pid == getpid();
    value = info->si_value.sival_int;
    on_alternate = &here > alternate_low && &here < alternate_high;
    // A wait inside it.
    if (seen == 1) report_wait("in_handler", 0, now_ns(), 3 * MS, 3 * MS);
}
static void plain_handler(int number) {
    number_seen = number;
    seen = seen + 1;
}

struct raw_action {
    uint64_t handler, flags, restorer, mask;
};

static long raw_sigaction(int number, const struct raw_action* action, struct raw_action* old) {
    return syscall(SYS_rt_sigaction, number, action, old, 8);
}

static void waits_work(const char* when) {
    snprintf(name, sizeof name, "after.%s", when);
    char prefix[128];
    snprintf(prefix, sizeof prefix, "%s", name);
    report_wait(prefix, 0, now_ns(), 3 * MS, 3 * MS);
    report_wait(prefix, 8, now_ns(), 3 * MS, 3 * MS);
}

static void report_old(const char* what, int number) {
    struct raw_action old;
    memset(&old, 0x5a, sizeof old);
    long ret = raw_sigaction(number, NULL, &old);
    const char* which = old.handler == 0                                    ? "default"
                        : old.handler == 1                                  ? "ignore"
                        : old.handler == (uint64_t)(uintptr_t)handler       ? "handler"
                        : old.handler == (uint64_t)(uintptr_t)plain_handler ? "plain"
                                                                            : "other";
    snprintf(name, sizeof name, "old.%s", what);
    // The restorer is the C library's; that it is one is enough.
    report(name, "ret=%ld handler=%s flags=%llx restorer=%d mask=%016llx", ret, which, (unsigned long long)old.flags,
           old.restorer != 0, (unsigned long long)old.mask);
}

static void report_seen(const char* what) {
    snprintf(name, sizeof name, "seen.%s", what);
    // A handler that did not ask for the alternate stack may run on it nevertheless: a stated limit.
    struct raw_action action;
    raw_sigaction(SIGSYS, NULL, &action);
    report(name, "count=%d number=%d code=%d from_me=%d value=%d alternate=%d", seen, number_seen, code, sender_is_me,
           value, (action.flags & SA_ONSTACK) != 0 && on_alternate);
    seen = number_seen = code = sender_is_me = value = on_alternate = 0;
}

static void set(int flags, const int* masked, void (*function)(int, siginfo_t*, void*)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = function;
    action.sa_flags = flags;
    for (; masked != NULL && *masked != 0; masked++) sigaddset(&action.sa_mask, *masked);
    must(sigaction(SIGSYS, &action, NULL) == 0, "sigaction");
}

static void dispositions(void) {
    report_old("at_start", SIGSYS);
    set(SA_SIGINFO, (int[]){SIGUSR1, SIGSYS, 0}, handler);
    report_old("handler", SIGSYS);
    waits_work("handler");
    raise(SIGSYS);
    report_seen("raise");
    kill(getpid(), SIGSYS);
    report_seen("kill");
    sigqueue(getpid(), SIGSYS, (union sigval){.sival_int = 4711});
    report_seen("sigqueue");
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSYS);
    report_seen("tgkill");
    seen = 5;
    set(SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_ONSTACK, NULL, handler);
    report_old("flags", SIGSYS);
    raise(SIGSYS);
    report_seen("no_alternate_stack");
    static char alternate[65536];
    alternate_low = alternate;
    alternate_high = alternate + sizeof alternate;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    must(sigaltstack(&stack, NULL) == 0, "sigaltstack");
    seen = 5;
    raise(SIGSYS);
    report_seen("alternate_stack");
    waits_work("alternate_stack");
    seen = 5;
    set(SA_SIGINFO | SA_RESETHAND, NULL, handler);
    waits_work("resethand");
    report_old("resethand", SIGSYS);
    raise(SIGSYS);
    report_seen("resethand");
    report_old("resethand_used", SIGSYS);
    waits_work("resethand_used");
    signal(SIGSYS, plain_handler);
    report_old("signal", SIGSYS);
    raise(SIGSYS);
    report_seen("signal");
    signal(SIGSYS, SIG_IGN);
    report_old("ignore", SIGSYS);
    raise(SIGSYS);
    kill(getpid(), SIGSYS);
    report_seen("ignored");
    waits_work("ignore");
    signal(SIGSYS, SIG_DFL);
    report_old("default", SIGSYS);
    waits_work("default");
    // Reset every handler there is.
    for (int number = 1; number <= 64; number++) {
        struct raw_action reset = {0, 0, 0, 0};
        errno = 0;
        long ret = raw_sigaction(number, &reset, NULL);
        if (ret != 0) {
            snprintf(name, sizeof name, "reset.%d", number);
            report(name, "ret=%ld errno=%d", ret, errno);
        }
    }
    waits_work("reset_all");
    for (int number = 1; number <= 64; number++) signal(number, SIG_IGN);
    waits_work("ignore_all");
    for (int number = 1; number <= 64; number++) signal(number, SIG_DFL);
    errno = 0;
    long ret = syscall(SYS_rt_sigaction, SIGSYS, (void*)8, NULL, 8);
    report("sigaction.pointer", "ret=%ld errno=%d", ret, errno);
    errno = 0;
    ret = syscall(SYS_rt_sigaction, SIGSYS, NULL, (void*)8, 8);
    report("sigaction.old_pointer", "ret=%ld errno=%d", ret, errno);
    errno = 0;
    ret = syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 4);
    report("sigaction.size", "ret=%ld errno=%d", ret, errno);
    static const int wrong[] = {0, -1, 65, SIGKILL, SIGSTOP};
    for (size_t w = 0; w < LENGTH(wrong); w++) {
        struct raw_action ignore = {1, 0, 0, 0};
        errno = 0;
        ret = raw_sigaction(wrong[w], &ignore, NULL);
        snprintf(name, sizeof name, "sigaction.number.%d", wrong[w]);
        report(name, "ret=%ld errno=%d", ret, errno);
    }
}

static void blocked_and_pending(void) {
    sigset_t sys, pending, old;
    sigemptyset(&sys);
    sigaddset(&sys, SIGSYS);
    set(SA_SIGINFO, NULL, handler);
    seen = 5;
    sigprocmask(SIG_BLOCK, &sys, &old);
    raise(SIGSYS);
    sigpending(&pending);
    report("pending", "seen=%d pending=%d", seen - 5, sigismember(&pending, SIGSYS));
    waits_work("pending");
    sigpending(&pending);
    report("still_pending", "seen=%d pending=%d", seen - 5, sigismember(&pending, SIGSYS));
    sigprocmask(SIG_UNBLOCK, &sys, NULL);
    sigpending(&pending);
    report("delivered", "seen=%d pending=%d", seen - 5, sigismember(&pending, SIGSYS));
    report_seen("pending");
    // Taken by sigtimedwait and sigsuspend.
    sigprocmask(SIG_BLOCK, &sys, NULL);
    raise(SIGSYS);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    struct timespec limit = timespec_of(20 * MS);
    int ret = sigtimedwait(&sys, &info, &limit);
    report("sigtimedwait", "ret=%d signo=%d", ret, info.si_signo);
    // (A signalfd does not see it: a stated limit.)
    seen = 5;
    kill(getpid(), SIGSYS);
    sigset_t none;
    sigemptyset(&none);
    errno = 0;
    signal(SIGALRM, plain_handler);
    alarm_after(20 * MS);
    ret = sigsuspend(&none);
    alarm_after(0);
    report("sigsuspend", "ret=%d errno=%d seen=%d", ret, errno, seen - 5);
    sigprocmask(SIG_SETMASK, &old, NULL);
    report_seen("sigsuspend");
    // Pending, and let in by the mask of a wait.
    sigprocmask(SIG_BLOCK, &sys, NULL);
    signal(SIGALRM, plain_handler);
    struct timespec limit_again = timespec_of(30 * MS);
    struct epoll_event event;
    for (int way = 0; way < 4; way++) {
        static const char* ways[] = {"ppoll", "pselect6", "epoll_pwait", "epoll_pwait2"};
        uint64_t empty = 0;
        struct {
            void* mask;
            size_t size;
        } pair = {&empty, 8};
        seen = 5;
        kill(getpid(), SIGSYS);
        struct timespec rest = limit_again;
        int64_t start = now_ns();
        errno = 0;
        long got = way == 0   ? syscall(SYS_ppoll, NULL, 0, &rest, &empty, 8)
                   : way == 1 ? syscall(SYS_pselect6, 0, NULL, NULL, NULL, &rest, &pair)
                   : way == 2 ? syscall(SYS_epoll_pwait, wait_epoll, &event, 1, 30, &empty, 8)
                              : syscall(SYS_epoll_pwait2, wait_epoll, &event, 1, &rest, &empty, 8);
        int why = got < 0 ? errno : 0;
        int64_t took = now_ns() - start;
        snprintf(name, sizeof name, "let_in.%s", ways[way]);
        report(name, "perceived_ns=%lld expected_ns=0 ret=%ld errno=%d seen=%d", (long long)took, got, why, seen - 5);
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    seen = 0;
    // It interrupts a wait like any other signal.
    seen = 5;
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = timespec_of(10 * MS);
        nanosleep(&pause, NULL);
        kill(getppid(), SIGSYS);
        _exit(0);
    }
    int64_t start = now_ns();
    struct timespec time = timespec_of(60 * MS);
    errno = 0;
    ret = nanosleep(&time, &time);
    int error = errno;
    report("interrupts", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld ret=%d errno=%d",
           (long long)(now_ns() - start), 10 * MS, MS, 5 * MS, ret, error);
    waitpid(child, NULL, 0);
    report("interrupts.seen", "count=%d from_child=%d", seen - 5, !sender_is_me);
}

// Its default action ends the process, however it comes.
static void deaths(void) {
    static const char* ways[] = {"raise", "kill", "tgkill", "unblocked"};
    for (int way = 0; way < 4; way++) {
        pid_t child = fork();
        if (child == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            signal(SIGSYS, SIG_DFL);
            struct timespec pause = timespec_of(2 * MS);
            nanosleep(&pause, NULL);
            sigset_t sys;
            sigemptyset(&sys);
            sigaddset(&sys, SIGSYS);
            if (way == 0) raise(SIGSYS);
            if (way == 1) kill(getpid(), SIGSYS);
            if (way == 2) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSYS);
            if (way == 3) {
                sigprocmask(SIG_BLOCK, &sys, NULL);
                raise(SIGSYS);
                sigprocmask(SIG_UNBLOCK, &sys, NULL);
            }
            _exit(7);
        }
        int status;
        waitpid(child, &status, 0);
        snprintf(name, sizeof name, "death.%s", ways[way]);
        report(name, "signaled=%d signal=%d code=%d", WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0,
               WIFEXITED(status) ? WEXITSTATUS(status) : 0);
    }
    // Sent from outside to one that sleeps.
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSYS, SIG_DFL);
        struct timespec pause = timespec_of(SEC);
        nanosleep(&pause, NULL);
        _exit(7);
    }
    struct timespec pause = timespec_of(5 * MS);
    nanosleep(&pause, NULL);
    kill(child, SIGSYS);
    int status;
    waitpid(child, &status, 0);
    report("death.from_outside", "signaled=%d signal=%d", WIFSIGNALED(status),
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

// exec keeps what is ignored and blocked, and resets handlers.
static void across_exec(char** argv) {
    sigset_t set_blocked;
    static const char* cases[] = {"ignored", "blocked", "handled", "both"};
    for (int which = 0; which < 4; which++) {
        pid_t child = fork();
        if (child == 0) {
            signal(SIGSYS, which == 0 || which == 3 ? SIG_IGN : which == 2 ? plain_handler : SIG_DFL);
            sigemptyset(&set_blocked);
            if (which == 1 || which == 3) sigaddset(&set_blocked, SIGSYS);
            sigprocmask(SIG_SETMASK, &set_blocked, NULL);
            char argument[32];
            snprintf(argument, sizeof argument, "--exec=%s", cases[which]);
            execl("/proc/self/exe", argv[0], argument, NULL);
            _exit(1);
        }
        waitpid(child, NULL, 0);
    }
}

int main(int argc, char** argv) {
    const char* executed = option(argc, argv, "exec");
    if (executed != NULL) {
        sigset_t blocked;
        sigprocmask(SIG_BLOCK, NULL, &blocked);
        char what[64];
        snprintf(what, sizeof what, "exec.%s", executed);
        report_old(what, SIGSYS);
        snprintf(what, sizeof what, "exec.%s.mask", executed);
        report(what, "blocked=%d", sigismember(&blocked, SIGSYS));
        make_waits();
        waits_work(executed);
        unmake_waits();
        return 0;
    }
    make_waits();
    guest_begin();
    dispositions();
    blocked_and_pending();
    deaths();
    across_exec(argv);
    unmake_waits();
    return guest_end();
}
