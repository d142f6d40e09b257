// Where traps arrive.
#include "guest.h"

_Static_assert(DC_CLOCK_ADDR + offsetof(struct dc_clock_page, generation) == 0x6dc00010, "CLOCK_GENERATION in wait.S");
_Static_assert(DC_KICKED == 4000, "DC_KICKED in wait.S");

#define SYS_SECCOMP_CODE 1

static long dispatch(struct call* c) {
    switch (c->nr) {
#define DC_TRAP(name, when, function) \
    case __NR_##name:                 \
        return function(c);
#include "../rules.def"
#undef DC_TRAP
        default:
            return -ENOSYS;  // the filter traps nothing else
    }
}

static void count(long nr) {
    struct dc_stats_page* stats = (struct dc_stats_page*)DC_STATS_ADDR;
    if (nr < DC_MAX_SYSCALL) __atomic_add_fetch(&stats->traps[nr], 1, __ATOMIC_RELAXED);
}

// The handler of SIGSYS, and of SIGSEGV with --tsc. It blocks nothing, so a guest's signal handlers run during a wait
// in here as they would during the guest's own system call; it returns what the kernel would have.
EXPORT void dc_on_signal(int signal, siginfo_t* info, void* context) {
    struct ucontext* uc = context;
    if (signal == SIGSYS && info->si_code == SYS_SECCOMP_CODE && info->si_errno == DC_TRAP_DATA) {
        struct sigcontext* regs = &uc->uc_mcontext;
        struct call c = {(long)regs->rax, {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9}, uc};
        if (state()->flags & DC_FLAG_STATS) count(c.nr);
        regs->rax = (uint64_t)dispatch(&c);
        return;
    }
    // A filter of the guest's own has trapped a call that is not the guest's but ours, and that it does not expect.
    uint64_t rip = uc->uc_mcontext.rip;
    if (signal == SIGSYS && info->si_code == SYS_SECCOMP_CODE && rip >= DC_CODE_ADDR && rip < DC_END) {
        uc->uc_mcontext.rax = (uint64_t)-ENOSYS;
        return;
    }
    if (signal == SIGSEGV && info->si_code == SI_KERNEL && emulate_tsc(uc)) return;
    deliver_to_guest(signal == SIGSYS ? DC_VSIG_SYS : DC_VSIG_SEGV, signal, info, uc);
}
