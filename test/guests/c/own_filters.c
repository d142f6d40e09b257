// Guests with seccomp filters of their own: deny lists, allow lists, and filters that trap to the guest's SIGSYS
// handler.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "waits.h"

static char name[128];

// A filter that answers these calls with `action`, and all others with `otherwise`.
static int install(const int* numbers, size_t count, uint32_t action, uint32_t otherwise) {
    struct sock_filter program[80];
    size_t at = 0;
    program[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[i], 0, 1);
        program[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
    }
    program[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    struct sock_fprog filter = {(unsigned short)at, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

// Runs a case in a child: a filter cannot be taken off again. Reports how the child ended.
static void in_child(const char* what, void (*run)(void)) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        wait_aio = 0;  // not inherited
        run();
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    snprintf(name, sizeof name, "%s.end", what);
    report(name, "signaled=%d signal=%d code=%d", WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0,
           WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

// ---- Deny and allow lists -----------------------------------------------------------------------------------------

static void deny_others(void) {
    static const int denied[] = {SYS_ptrace, SYS_mount, SYS_reboot, SYS_kexec_load, SYS_unshare, SYS_bpf};
    report("deny.install", "ret=%d", install(denied, LENGTH(denied), SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW));
    for (size_t w = 0; w < WAITS; w++) report_wait("deny", w, now_ns(), 4 * MS, 4 * MS);
    errno = 0;
    long ret = syscall(SYS_unshare, 0);
    report("deny.unshare", "ret=%ld errno=%d", ret, errno);
}

// What a wait is made of in this layer need not be what the guest called: a filter sees only what the guest calls.
static void deny_relatives(void) {
    static const int denied[] = {SYS_clock_nanosleep, SYS_poll,   SYS_epoll_wait,
                                 SYS_epoll_pwait,     SYS_select, SYS_futex_waitv};
    report("relatives.install", "ret=%d",
           install(denied, LENGTH(denied), SECCOMP_RET_ERRNO | EACCES, SECCOMP_RET_ALLOW));
    struct timespec time = timespec_of(4 * MS);
    TIMED("relatives.nanosleep", 4 * MS, syscall(SYS_nanosleep, &time, NULL));
    TIMED("relatives.clock_nanosleep", 0, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL));
    report_wait("relatives.ppoll", 5, now_ns(), 4 * MS, 4 * MS);
    report_wait("relatives.poll", 4, now_ns(), 4 * MS, 0);
    report_wait("relatives.pselect6", 7, now_ns(), 4 * MS, 4 * MS);
    report_wait("relatives.select", 6, now_ns(), 4 * MS, 0);
    report_wait("relatives.epoll_pwait2", 10, now_ns(), 4 * MS, 4 * MS);
    report_wait("relatives.epoll_wait", 8, now_ns(), 4 * MS, 0);
    report_wait("relatives.futex", 11, now_ns(), 4 * MS, 4 * MS);
}

static void allow_few(void) {
    static const int allowed[] = {SYS_write,         SYS_exit,         SYS_exit_group, SYS_nanosleep,
                                  SYS_clock_gettime, SYS_rt_sigreturn, SYS_futex,      SYS_poll};
    report("allow.install", "ret=%d", install(allowed, LENGTH(allowed), SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM));
    report_wait("allow", 0, now_ns(), 4 * MS, 4 * MS);
    report_wait("allow", 4, now_ns(), 4 * MS, 4 * MS);
    report_wait("allow", 11, now_ns(), 4 * MS, 4 * MS);
    report_wait("allow_denied", 1, now_ns(), 4 * MS, 0);
    errno = 0;
    long ret = syscall(SYS_getppid);
    report("allow.getppid", "ret=%ld errno=%d", ret, errno);
}

static void allow_few_or_die(void) {
    static const int allowed[] = {SYS_write, SYS_exit, SYS_exit_group, SYS_nanosleep, SYS_rt_sigreturn};
    report("strict_list.install", "ret=%d",
           install(allowed, LENGTH(allowed), SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS));
    report_wait("strict_list", 0, now_ns(), 4 * MS, 4 * MS);
    syscall(SYS_getppid);
}

// ---- Traps --------------------------------------------------------------------------------------------------------

static volatile int trapped, trap_code, trap_errno, trap_syscall, trap_arch, address_is_ours, result_place;
static void on_trap(int number, siginfo_t* info, void* context) {
    ucontext_t* frame = context;
    trapped = number;
    trap_code = info->si_code;
    trap_errno = info->si_errno;
    trap_syscall = info->si_syscall;
    trap_arch = (int)info->si_arch;
    // The address behind the syscall instruction, where the guest made the call.
    address_is_ours = (uint64_t)(uintptr_t)info->si_call_addr == (uint64_t)frame->uc_mcontext.gregs[REG_RIP];
    result_place = (int)frame->uc_mcontext.gregs[REG_RAX];
    frame->uc_mcontext.gregs[REG_RAX] = 1234;
}

static void handle_traps(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, NULL);
}

static void report_trap(const char* what, long ret) {
    snprintf(name, sizeof name, "trap.%s", what);
    report(name, "ret=%ld signal=%d code=%d errno=%d syscall=%d arch=%x address=%d rax=%d", ret, trapped, trap_code,
           trap_errno, trap_syscall, (unsigned)trap_arch, address_is_ours, result_place);
    trapped = trap_code = trap_errno = trap_syscall = trap_arch = address_is_ours = result_place = 0;
}

static void traps(void) {
    // One call that the layer does not touch, and some that it does.
    static const int numbers[] = {SYS_getppid, SYS_clock_gettime, SYS_nanosleep, SYS_wait4};
    handle_traps();
    report("trap.install", "ret=%d", install(numbers, LENGTH(numbers), SECCOMP_RET_TRAP | 77, SECCOMP_RET_ALLOW));
    struct timespec time = timespec_of(4 * MS);
    report_trap("getppid", syscall(SYS_getppid));
    report_trap("clock_gettime", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time));
    time = timespec_of(4 * MS);
    report_trap("nanosleep", syscall(SYS_nanosleep, &time, NULL));
    report_trap("wait4", syscall(SYS_wait4, -1, NULL, 0, NULL));
    report_trap("not_trapped", syscall(SYS_getuid));
    report_wait("trap", 4, now_ns(), 4 * MS, 4 * MS);
    report_wait("trap", 1, now_ns(), 4 * MS, 4 * MS);
}

static void trap_everything(void) {
    // All but what the report needs.
    static const int numbers[] = {SYS_write, SYS_exit_group, SYS_rt_sigreturn};
    handle_traps();
    report("trap_all.install", "ret=%d", install(numbers, LENGTH(numbers), SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP | 5));
    struct timespec time = timespec_of(4 * MS);
    report_trap("all.nanosleep", syscall(SYS_nanosleep, &time, NULL));
    report_trap("all.poll", syscall(SYS_poll, NULL, 0, 5));
    report_trap("all.getpid", syscall(SYS_getpid));
}

static void trap_default(void) {
    static const int numbers[] = {SYS_getppid};
    signal(SIGSYS, SIG_DFL);
    install(numbers, LENGTH(numbers), SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW);
    syscall(SYS_getppid);
}

static void trap_ignored(void) {
    static const int numbers[] = {SYS_getppid};
    signal(SIGSYS, SIG_IGN);
    install(numbers, LENGTH(numbers), SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW);
    syscall(SYS_getppid);
}

static void trap_blocked(void) {
    static const int numbers[] = {SYS_getppid};
    handle_traps();
    sigset_t sys;
    sigemptyset(&sys);
    sigaddset(&sys, SIGSYS);
    sigprocmask(SIG_BLOCK, &sys, NULL);
    install(numbers, LENGTH(numbers), SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW);
    syscall(SYS_getppid);
}

static void killed(void) {
    static const int numbers[] = {SYS_getppid};
    handle_traps();
    install(numbers, LENGTH(numbers), SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW);
    syscall(SYS_getppid);
}

static void across_exec(void) {
    static const int denied[] = {SYS_getppid};
    install(denied, LENGTH(denied), SECCOMP_RET_ERRNO | EDOM, SECCOMP_RET_ALLOW);
    execl("/proc/self/exe", "own_filters", "--executed=1", NULL);
    _exit(1);
}

// With an empty capability set a filter needs no_new_privs.
static void privileges(void) {
    report("no_new_privs.set", "ret=%d", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    report("no_new_privs.get", "ret=%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    errno = 0;
    int ret = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
    report("no_new_privs.unset", "ret=%d errno=%d", ret, errno);
    struct timespec time = timespec_of(4 * MS);
    TIMED("no_new_privs.sleep", 4 * MS, nanosleep(&time, NULL));
    execl("/proc/self/exe", "own_filters", "--executed=2", NULL);
    _exit(1);
}

int main(int argc, char** argv) {
    const char* executed = option(argc, argv, "executed");
    if (executed != NULL) {
        snprintf(name, sizeof name, "executed.%s", executed);
        report_wait(name, 0, now_ns(), 4 * MS, 4 * MS);
        errno = 0;
        long ret = syscall(SYS_getppid);
        report("executed.filtered", "ret=%d errno=%d", ret < 0, errno);
        return 0;
    }
    make_waits();
    wait_io_getevents(0);
    guest_begin();
    in_child("deny", deny_others);
    in_child("relatives", deny_relatives);
    in_child("allow", allow_few);
    in_child("strict_list", allow_few_or_die);
    in_child("trap", traps);
    in_child("trap_all", trap_everything);
    in_child("trap_default", trap_default);
    in_child("trap_ignored", trap_ignored);
    in_child("trap_blocked", trap_blocked);
    in_child("killed", killed);
    in_child("exec", across_exec);
    in_child("privileges", privileges);
    unmake_waits();
    return guest_end();
}
