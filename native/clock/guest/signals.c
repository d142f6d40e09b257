// The guest's own view of the signals whose handler we keep: SIGSYS, and SIGSEGV with --tsc. Our handler stays
// installed and those signals stay unblocked, or the kernel would kill the guest at its next trap; the guest sees what
// it set.
#include <linux/kcmp.h>

#include "guest.h"

#define SIG_DFL_ADDRESS 0ul
#define SIG_IGN_ADDRESS 1ul
#define SA_NODEFER_FLAG 0x40000000ul
#define SA_RESETHAND_FLAG 0x80000000ul
// What the kernel keeps of sa_flags (UAPI_SA_FLAGS and SA_RESTORER).
#define KNOWN_SA_FLAGS 0xdc000807ul
#define SI_FROM_KERNEL(code) ((code) > 0)

static int vsigs(void) {
    return state()->flags & DC_FLAG_TSC ? 2 : 1;
}
static int vsig_number(int vsig) {
    return vsig == DC_VSIG_SYS ? SIGSYS : SIGSEGV;
}
static uint64_t bit_of(int signal) {
    return 1ull << (signal - 1);
}

static uint64_t* mask_of(struct ucontext* context) {
    return (uint64_t*)&context->uc_sigmask;
}

static int vsig_of(int signal) {
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        if (vsig_number(vsig) == signal) return vsig;
    }
    return -1;
}

uint64_t kept_signals(void) {
    uint64_t kept = 0;
    for (int vsig = 0; vsig < vsigs(); vsig++) kept |= bit_of(vsig_number(vsig));
    return kept;
}

// ---- Which threads believe they block a vsig ----

// A table by thread id in the process state. A thread that ends may leave its entry behind; the next thread of that id
// sets its mask first of all, as every thread library does, and so its entry; and entries of dead threads are taken
// over where a search finds no free one. When even that fails the guest reads back an unblocked SIGSYS, nothing worse.
#define LONGEST_SEARCH 64u

static uint32_t thread_id(void) {
    return (uint32_t)sys0(__NR_gettid);
}

static int is_free(uint32_t entry) {
    return (entry & 3) == 0;
}

static int is_dead(uint32_t entry) {
    return sys3(__NR_tgkill, (uint64_t)sys0(__NR_getpid), entry >> 2, 0) == -ESRCH;
}

static uint32_t* find_entry(uint32_t tid) {
    for (uint32_t probe = 0; probe < LONGEST_SEARCH; probe++) {
        uint32_t* entry = &state()->masked[(dc_masked_slot(tid) + probe) % DC_MASKED_THREADS];
        uint32_t seen = __atomic_load_n(entry, __ATOMIC_RELAXED);
        if (seen >> 2 == tid) return entry;
        if (seen == 0) return NULL;
    }
    return NULL;
}

static uint32_t* claim_entry(uint32_t tid) {
    for (int take_dead = 0; take_dead < 2; take_dead++) {
        for (uint32_t probe = 0; probe < LONGEST_SEARCH; probe++) {
            uint32_t* entry = &state()->masked[(dc_masked_slot(tid) + probe) % DC_MASKED_THREADS];
            uint32_t seen = __atomic_load_n(entry, __ATOMIC_RELAXED);
            if (!is_free(seen) && !(take_dead && is_dead(seen))) continue;
            if (__atomic_compare_exchange_n(entry, &seen, tid << 2, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                return entry;
        }
    }
    return NULL;
}

static uint64_t believed_blocked(void) {
    if (__atomic_load_n(&state()->masked_used, __ATOMIC_RELAXED) == 0) return 0;
    const uint32_t* entry = find_entry(thread_id());
    uint64_t blocked = 0;
    for (int vsig = 0; entry != NULL && vsig < vsigs(); vsig++) {
        if (*entry >> vsig & 1) blocked |= bit_of(vsig_number(vsig));
    }
    return blocked;
}

static void believe_blocked(uint64_t mask) {
    uint32_t bits = 0;
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        if (mask & bit_of(vsig_number(vsig))) bits |= 1u << vsig;
    }
    if (bits != 0) __atomic_store_n(&state()->masked_used, 1, __ATOMIC_RELAXED);
    uint32_t tid = thread_id();
    if ((int32_t)tid < 0) return;  // a filter of the guest's own forbids the question
    uint32_t* entry = find_entry(tid);
    if (entry == NULL && bits != 0) entry = claim_entry(tid);
    if (entry != NULL) __atomic_store_n(entry, tid << 2 | bits, __ATOMIC_RELAXED);
}

// ---- Delivery ----

// Lets the default action happen, as if our handler had never been there.
static void die_of(int signal, siginfo_t* info) {
    struct dc_sigaction standard = {SIG_DFL_ADDRESS, 0, 0, 0};
    sys4(__NR_rt_sigaction, (uint64_t)signal, address_of(&standard), 0, K_SIGSET_SIZE);
    // A faulting instruction is repeated when we return, and dies where it stands.
    if (signal == SIGSEGV && SI_FROM_KERNEL(info->si_code)) return;
    uint64_t process = (uint64_t)sys0(__NR_getpid), thread = (uint64_t)sys0(__NR_gettid);
    // The kernel lets a thread forge any siginfo for itself; the core dump then tells the true cause.
    sys4(__NR_rt_tgsigqueueinfo, process, thread, (uint64_t)signal, address_of(info));
    sys3(__NR_tgkill, process, thread, (uint64_t)signal);
}

static void keep_pending(int vsig, const siginfo_t* info) {
    const uint64_t* from = (const uint64_t*)info;
    for (int i = 0; i < 16; i++) state()->pending_info[vsig][i] = from[i];
    __atomic_or_fetch(&state()->pending, 1u << vsig, __ATOMIC_RELEASE);
}

int take_pending(uint64_t set, uint64_t info[16]) {
    if (__atomic_load_n(&state()->pending, __ATOMIC_ACQUIRE) == 0) return 0;
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        uint32_t bit = 1u << vsig;
        if (!(set & bit_of(vsig_number(vsig)))) continue;
        if (!(__atomic_fetch_and(&state()->pending, ~bit, __ATOMIC_ACQUIRE) & bit)) continue;
        for (int i = 0; i < 16; i++) info[i] = state()->pending_info[vsig][i];
        return vsig_number(vsig);
    }
    return 0;
}

// Sends what waited for a vsig to be unblocked, now that it is.
static void send_pending(uint64_t unblocked) {
    uint64_t info[16];
    int signal;
    while ((signal = take_pending(unblocked, info)) != 0) {
        sys4(__NR_rt_tgsigqueueinfo, (uint64_t)sys0(__NR_getpid), (uint64_t)sys0(__NR_gettid), (uint64_t)signal,
             address_of(info));
    }
}

void deliver_to_guest(int vsig, int signal, siginfo_t* info, struct ucontext* context) {
    struct dc_sigaction action = state()->action[vsig];
    uint64_t blocked = believed_blocked();
    // A fault, or a trap by the guest's own filter, cannot be put off or ignored.
    int forced = SI_FROM_KERNEL(info->si_code);
    if (forced && ((blocked & bit_of(signal)) || action.handler == SIG_IGN_ADDRESS))
        action.handler = SIG_DFL_ADDRESS;
    else if (blocked & bit_of(signal)) {
        keep_pending(vsig, info);
        return;
    }
    if (action.handler == SIG_IGN_ADDRESS) return;
    if (action.handler == SIG_DFL_ADDRESS) {
        die_of(signal, info);
        return;
    }
    if (action.flags & SA_RESETHAND_FLAG) state()->action[vsig].handler = SIG_DFL_ADDRESS;
    uint64_t mask = *mask_of(context) | (action.mask & ~kept_signals());
    sys4(__NR_rt_sigprocmask, SIG_SETMASK, address_of(&mask), 0, K_SIGSET_SIZE);
    uint64_t while_handled = blocked | (action.mask & kept_signals());
    if (!(action.flags & SA_NODEFER_FLAG)) while_handled |= bit_of(signal);
    believe_blocked(while_handled);
    ((void (*)(int, siginfo_t*, void*))pointer_to(action.handler))(signal, info, context);
    believe_blocked(blocked);
    send_pending(while_handled & ~blocked);
}

// Delivers a pending signal that `mask`, for the time of one call, does not block. Whether there was one.
static int let_pending_in(uint64_t mask) {
    uint64_t let_in = kept_signals() & ~mask;
    uint64_t blocked = believed_blocked();
    int any = 0;
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        if (let_in & bit_of(vsig_number(vsig))) any |= (int)(state()->pending >> vsig & 1);
    }
    if (!any) return 0;
    believe_blocked(mask & kept_signals());
    send_pending(let_in);
    believe_blocked(blocked);
    return 1;
}

long copy_mask(const struct call* call, uint64_t from, uint64_t* mask) {
    if (copy_in(call, mask, from, sizeof *mask) != 0) return -EFAULT;
    if (let_pending_in(*mask)) return -EINTR;
    *mask &= ~kept_signals();
    return 0;
}

// ---- The system calls ----

// A child of vfork lives in its parent's memory, and in this table, until it execs: what it sets must not become the
// parent's. It is lost, and the exec would undo it anyway, but for SIG_IGN.
static int in_parents_memory(void) {
    return sys6(__NR_kcmp, (uint64_t)sys0(__NR_getpid), (uint64_t)sys0(__NR_getppid), KCMP_VM, 0, 0, 0) == 0;
}

// What the guest asked sa_mask to be for `signal`, in the kept signals.
static uint64_t asked_mask(uint64_t signal) {
    uint64_t asked = 0;
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        if (state()->sa_mask_bits[vsig] >> (signal - 1) & 1) asked |= bit_of(vsig_number(vsig));
    }
    return asked;
}

static void remember_mask(uint64_t signal, uint64_t mask) {
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        uint64_t bit = 1ull << (signal - 1);
        if (mask & bit_of(vsig_number(vsig))) {
            __atomic_or_fetch(&state()->sa_mask_bits[vsig], bit, __ATOMIC_RELAXED);
        } else {
            __atomic_and_fetch(&state()->sa_mask_bits[vsig], ~bit, __ATOMIC_RELAXED);
        }
    }
}

long on_sigaction(struct call* c) {
    uint64_t signal = (uint32_t)c->arg[0];
    struct dc_sigaction wanted, previous;
    if (c->arg[3] != K_SIGSET_SIZE || signal < 1 || signal > 64) return pass(c);
    if (c->arg[1] != 0 && copy_in(c, &wanted, c->arg[1], sizeof wanted) != 0) return -EFAULT;
    int vsig = vsig_of((int)signal);
    if (vsig >= 0) {
        previous = state()->action[vsig];
        if (c->arg[1] != 0 && !in_parents_memory()) {
            wanted.mask &= ~(bit_of(SIGKILL) | bit_of(SIGSTOP));
            wanted.flags &= KNOWN_SA_FLAGS;
            state()->action[vsig] = wanted;
        }
    } else {
        uint64_t asked = asked_mask(signal);
        struct dc_sigaction own = wanted;
        if (c->arg[1] != 0) own.mask &= ~kept_signals();
        long error = sys4(__NR_rt_sigaction, signal, c->arg[1] != 0 ? address_of(&own) : 0, address_of(&previous),
                          K_SIGSET_SIZE);
        if (error != 0) return error;
        previous.mask |= asked;
        if (c->arg[1] != 0) remember_mask(signal, wanted.mask);
    }
    return c->arg[2] != 0 ? copy_out(c, c->arg[2], &previous, sizeof previous) : 0;
}

// The mask that counts is the one sigreturn will restore, so that is the one changed: no further system call is needed.
long on_sigprocmask(struct call* c) {
    int how = (int)c->arg[0];
    uint64_t set = 0;
    if (c->arg[3] != K_SIGSET_SIZE) return -EINVAL;
    if (c->arg[1] != 0 && copy_in(c, &set, c->arg[1], sizeof set) != 0) return -EFAULT;
    if (c->arg[1] != 0 && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) return -EINVAL;
    uint64_t kept = kept_signals();
    uint64_t* real = mask_of(c->context);
    uint64_t believed = believed_blocked();
    uint64_t previous = *real | believed;
    if (c->arg[1] != 0) {
        uint64_t next = how == SIG_BLOCK ? previous | set : how == SIG_UNBLOCK ? previous & ~set : set;
        *real = next & ~kept;
        if ((next & kept) != believed) {
            believe_blocked(next & kept);
            send_pending(believed & ~next);
        }
    }
    return c->arg[2] != 0 ? copy_out(c, c->arg[2], &previous, sizeof previous) : 0;
}

long on_sigpending(struct call* c) {
    long result = pass(c);
    uint32_t pending = __atomic_load_n(&state()->pending, __ATOMIC_RELAXED);
    if (result != 0 || pending == 0 || c->arg[1] != K_SIGSET_SIZE) return result;
    uint64_t blocked = believed_blocked();
    for (int vsig = 0; vsig < vsigs(); vsig++) {
        if (pending >> vsig & 1) *(uint64_t*)pointer_to(c->arg[0]) |= blocked & bit_of(vsig_number(vsig));
    }
    return 0;
}

long on_sigsuspend(struct call* c) {
    uint64_t mask;
    if (c->arg[1] != K_SIGSET_SIZE) return pass(c);
    long error = copy_mask(c, c->arg[0], &mask);
    if (error != 0) return error;
    return sys2(__NR_rt_sigsuspend, address_of(&mask), K_SIGSET_SIZE);
}
