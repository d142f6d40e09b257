// rdtsc, with --tsc: the kernel makes it fault, and we answer with a counter that runs in virtual time at the host's
// frequency.
#include "guest.h"

int emulate_tsc(struct ucontext* context) {
    const uint8_t* code = pointer_to((uint64_t)context->uc_mcontext.rip);
    unsigned length;
    if (code[0] == 0x0f && code[1] == 0x31)
        length = 2;  // rdtsc
    else if (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9)
        length = 3;  // rdtscp
    else
        return 0;
    __extension__ unsigned __int128 scaled = (unsigned __int128)(uint64_t)virtual_monotonic_ns() * state()->tsc_khz;
    uint64_t high = (uint64_t)(scaled >> 64), low = (uint64_t)scaled, ticks, remainder;
    __asm__("divq %4" : "=a"(ticks), "=d"(remainder) : "a"(low), "d"(high), "r"(1000000ul) : "cc");
    context->uc_mcontext.rax = ticks & 0xffffffff;
    context->uc_mcontext.rdx = ticks >> 32;
    if (length == 3) {
        unsigned cpu = 0, node = 0;
        sys3(__NR_getcpu, address_of(&cpu), address_of(&node), 0);
        context->uc_mcontext.rcx = node << 12 | cpu;  // as Linux sets TSC_AUX
    }
    context->uc_mcontext.rip += length;
    return 1;
}
