// Reading and writing a guest's memory without crashing where the kernel would answer EFAULT.
#include "guest.h"

#define PAGE 4096ul

// rt_sigprocmask with an impossible `how` reads its mask before it answers EINVAL, and changes nothing: a cheap
// question whether 8 bytes can be read (a null pointer it does not look at). It is also the system call a guest's own
// sandbox is least likely to forbid.
static int readable(uint64_t address) {
    return address != 0 && sys4(__NR_rt_sigprocmask, 99, address, 0, K_SIGSET_SIZE) != -EFAULT;
}

// Overwrites 8 bytes that are about to be written anyway.
static int writable(uint64_t address) {
    return address != 0 && sys4(__NR_rt_sigprocmask, 0, 0, address, K_SIGSET_SIZE) != -EFAULT;
}

// Most arguments lie just above the caller's stack pointer, in a page that surely is there.
static int on_live_stack_page(const struct call* call, uint64_t address, size_t size) {
    uint64_t page = call->context->uc_mcontext.rsp / PAGE;
    return address / PAGE == page && (address + size - 1) / PAGE == page;
}

static void copy(void* to, const void* from, size_t size) {
    uint8_t* t = to;
    const uint8_t* f = from;
    while (size-- > 0) *t++ = *f++;
}

long copy_in(const struct call* call, void* to, uint64_t from, size_t size) {
    // Aligned words never straddle pages, so the first and the last one tell of all pages between them.
    if (!on_live_stack_page(call, from, size)) {
        if (!readable(from & ~7ul) || !readable((from + size - 1) & ~7ul)) return -EFAULT;
    }
    copy(to, pointer_to(from), size);
    return 0;
}

long copy_out(const struct call* call, uint64_t to, const void* from, size_t size) {
    if (!on_live_stack_page(call, to, size)) {
        if (!writable(to) || !writable(to + size - K_SIGSET_SIZE)) return -EFAULT;
    }
    copy(pointer_to(to), from, size);
    return 0;
}
