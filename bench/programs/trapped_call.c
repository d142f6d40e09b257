// Cycles for one call that a SIGSYS handler answers: the median over batches. With the argument `bare`, by the
// smallest handler there can be, under a filter of its own; without, by whatever handles clock_gettime here.
#define _GNU_SOURCE  // REG_RAX
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "cycles.h"

enum { BATCHES = 300, CALLS = 500 };

static void answer_zero(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)info;
    ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = 0;
}

static int trap_it(void) {
    struct sigaction action = {.sa_sigaction = answer_zero, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    return sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) != 0;
}

int main(int argc, char** argv) {
    static uint64_t samples[BATCHES];
    struct timespec ts;
    if (argc > 1 && strcmp(argv[1], "bare") == 0 && trap_it() != 0) {
        perror("trapped_call: seccomp");
        return 1;
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        uint64_t begin = cycles();
        for (int i = 0; i < CALLS; i++) syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
        samples[batch] = cycles() - begin;
    }
    printf("%.1f\n", (double)median_cycles(samples, BATCHES) / CALLS);
    return 0;
}
