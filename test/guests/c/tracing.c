// A guest that traces a child of its own: attaching, reading registers and memory, stepping over system calls. The
// child does not exec; that is refused inside a guest.
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "guest.h"

static volatile long secret = 4711;

static void wait_for_stop(pid_t child, int* status) {
    must(waitpid(child, status, __WALL) == child, "waitpid");
}

static void traceme(void) {
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        secret = 1;
        struct timespec time = timespec_of(5 * MS);
        int64_t start = now_ns();
        nanosleep(&time, NULL);
        bool good = now_ns() - start >= 5 * MS && now_ns() - start < 100 * MS;
        _exit(good && secret == 99 ? 42 : 43);
    }
    int status;
    wait_for_stop(child, &status);
    report("traceme.stop", "stopped=%d signal=%d", WIFSTOPPED(status), WSTOPSIG(status));
    long word = ptrace(PTRACE_PEEKDATA, child, (void*)&secret, NULL);
    report("traceme.peek", "word=%ld", word);
    struct user_regs_struct registers;
    long ret = ptrace(PTRACE_GETREGS, child, NULL, &registers);
    report("traceme.registers", "ret=%ld stack=%d", ret, registers.rsp != 0);
    // Step by step until it has written, then change what it wrote.
    int steps = 0;
    while (ptrace(PTRACE_PEEKDATA, child, (void*)&secret, NULL) != 1 && steps < 100000) {
        ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
        wait_for_stop(child, &status);
        if (!WIFSTOPPED(status)) break;
        steps++;
    }
    check("traceme.stepped", steps > 0 && steps < 100000, "%d steps", steps);
    ptrace(PTRACE_POKEDATA, child, (void*)&secret, (void*)99);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    // What the layer makes of a wait shows to a tracer: a SIGSYS stop; it passes every signal on.
    while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, NULL, (void*)(long)WSTOPSIG(status));
    report("traceme.end", "status=%d", status);
}

static void seize_and_interrupt(void) {
    pid_t child = fork();
    if (child == 0) {
        int64_t start = now_ns();
        struct timespec time = timespec_of(40 * MS);
        int ret = (int)syscall(SYS_nanosleep, &time, &time);
        int64_t took = now_ns() - start;
        _exit(ret == 0 && took >= 40 * MS && took < 120 * MS ? 42 : 43);
    }
    struct timespec time = timespec_of(10 * MS);
    nanosleep(&time, NULL);
    report("seize", "ret=%ld", ptrace(PTRACE_SEIZE, child, NULL, NULL));
    report("interrupt", "ret=%ld", ptrace(PTRACE_INTERRUPT, child, NULL, NULL));
    int status;
    wait_for_stop(child, &status);
    report("interrupt.stop", "stopped=%d event=%d", WIFSTOPPED(status), status >> 16);
    report("detach", "ret=%ld", ptrace(PTRACE_DETACH, child, NULL, NULL));
    wait_for_stop(child, &status);
    report("seize.end", "status=%d", status);
}

static void memory_of_another(void) {
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    long value = 0;
    struct iovec local = {&value, sizeof value}, remote = {(void*)&secret, sizeof value};
    ssize_t got = process_vm_readv(child, &local, 1, &remote, 1, 0);
    report("process_vm_readv", "got=%zd value=%ld", got, value);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void) {
    guest_begin();
    traceme();
    seize_and_interrupt();
    memory_of_another();
    return guest_end();
}
