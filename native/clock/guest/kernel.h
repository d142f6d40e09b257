// What the guest code needs of the kernel: system calls and structures as they cross the system call boundary. There is
// no libc here, and libc's structures may differ from the kernel's.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../abi.h"
#include "../syscalls.h"

// linux/signal.h declares the kernel's sigset_t, siginfo_t and stack_t; asm/ucontext.h builds on them.
#include <asm/signal.h>

#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/ucontext.h>
#include <linux/errno.h>
#include <linux/time.h>

struct k_timespec {
    int64_t sec;
    int64_t nsec;
};
struct k_timeval {
    int64_t sec;
    int64_t usec;
};
struct k_itimerspec {
    struct k_timespec interval;
    struct k_timespec value;
};
struct k_itimerval {
    struct k_timeval interval;
    struct k_timeval value;
};
// The last argument of pselect6 and io_pgetevents.
struct k_sigset_argument {
    uint64_t mask;  // pointer
    uint64_t size;
};

#define K_SIGSET_SIZE 8u

#define NS_PER_SEC 1000000000ll
#define NS_PER_MS 1000000ll
#define NS_PER_US 1000ll
#define US_PER_SEC 1000000ll

static inline long sys6(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
    long result;
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
static inline long sys0(long nr) {
    return sys6(nr, 0, 0, 0, 0, 0, 0);
}
static inline long sys2(long nr, uint64_t a, uint64_t b) {
    return sys6(nr, a, b, 0, 0, 0, 0);
}
static inline long sys3(long nr, uint64_t a, uint64_t b, uint64_t c) {
    return sys6(nr, a, b, c, 0, 0, 0);
}
static inline long sys4(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return sys6(nr, a, b, c, d, 0, 0);
}

static inline uint64_t address_of(const volatile void* p) {
    return (uint64_t)(uintptr_t)p;
}
static inline void* pointer_to(uint64_t address) {
    return (void*)(uintptr_t)address;
}
