// The guest code's inner face. It runs inside guests: as their vDSO, and as the handler of trapped system calls. It has
// no libc, no writable data but the process state, no stack of its own and no thread-local storage; it may be left
// at any call by a longjmp out of a guest's signal handler, so nothing is ever held across a call.
#pragma once

#include "../mapping.h"
#include "kernel.h"

#define EXPORT __attribute__((visibility("default")))

static inline struct dc_state* state(void) {
    return (struct dc_state*)DC_STATE_ADDR;
}
static inline const volatile struct dc_clock_page* clock_page(void) {
    return (const volatile struct dc_clock_page*)DC_CLOCK_ADDR;
}

// ---- One trapped call ----

struct call {
    long nr;
    uint64_t arg[6];
    struct ucontext* context;  // of the trapped instruction: what sigreturn will restore
};

typedef long handler(struct call* call);
#define DC_TRAP(name, when, function) handler function;
#include "../rules.def"
#undef DC_TRAP

// Makes the call as the guest asked, unconverted.
static inline long pass(const struct call* c) {
    return sys6(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
}

// ---- Guest memory (memory.c) ----

// Both answer 0, or -EFAULT where the kernel would. copy_out takes whole multiples of 8 bytes.
long copy_in(const struct call* call, void* to, uint64_t from, size_t size);
long copy_out(const struct call* call, uint64_t to, const void* from, size_t size);

// ---- Clocks (clocks.c) ----

struct snapshot {
    struct dc_mapping mapping;
    uint32_t generation;
    int64_t real_ns;
    int64_t virtual_ns;
};

int64_t real_clock_ns(int clock);  // the host's clock, by the kernel's vDSO
void read_clock(struct snapshot* now);
int64_t virtual_monotonic_ns(void);
// Virtual `clock` - virtual CLOCK_MONOTONIC.
int64_t clock_offset_ns(int clock);
// The virtual CLOCK_MONOTONIC at which virtual `clock` shows `ns`; saturates.
int64_t moment_of(int clock, int64_t ns);
// Host `clock` - host CLOCK_MONOTONIC as it is now; a hair too large rather than too small.
int64_t host_offset_ns(int clock);
// 0, or the kernel's error for a clock that is not there.
int read_guest_clock(int clock, struct k_timespec* ts);
// A clock that counts CPU time: the process's, the thread's, or another's by pid.
int is_cpu_clock(int clock);
// A clock that can be slept on and follows the time page.
int is_timer_clock(int clock);

int64_t cpu_to_virtual(int64_t real);   // floor(real × scale), any unit
int64_t cpu_to_real(int64_t virtual_);  // the smallest real time for it

// Kernel stamps of the host's CLOCK_REALTIME, past changes of rate included; stamps from before the start stay.
int64_t wall_stamp_to_virtual(int64_t real_wall_ns);
int64_t wall_stamp_to_real(int64_t virtual_wall_ns);

// ---- Durations ----

static inline int64_t timespec_ns(const struct k_timespec* ts) {
    int64_t ns;
    if (__builtin_mul_overflow(ts->sec, NS_PER_SEC, &ns)) return DC_NS_MAX;
    return dc_saturated_add(ns, ts->nsec);
}
static inline struct k_timespec to_timespec(int64_t ns) {
    return (struct k_timespec){ns / NS_PER_SEC, ns % NS_PER_SEC};
}
// Microseconds rounded up: no wait ends early.
static inline struct k_timeval to_timeval_up(int64_t ns) {
    int64_t us = ns / NS_PER_US + (ns % NS_PER_US != 0);
    return (struct k_timeval){us / US_PER_SEC, us % US_PER_SEC};
}
static inline int valid_timespec(const struct k_timespec* ts) {
    return ts->sec >= 0 && ts->nsec >= 0 && ts->nsec < NS_PER_SEC;
}
static inline int valid_timeval(const struct k_timeval* tv) {
    return tv->sec >= 0 && tv->usec >= 0 && tv->usec < US_PER_SEC;
}
static inline int64_t timeval_ns(const struct k_timeval* tv) {
    struct k_timespec ts = {tv->sec, tv->usec * NS_PER_US};
    return timespec_ns(&ts);
}

// ---- Waits that end at a virtual moment (waits.c) ----

// How a kind of call is made with so much real time left: fills the arguments of `nr` from the call and `real_ns`.
struct wait;
typedef void prepare(struct wait* wait, int64_t real_ns);
struct wait {
    const struct call* call;
    prepare* prepare;  // absolute waits get real CLOCK_MONOTONIC, relative ones a duration
    int absolute;
    long timed_out;       // what the call returns when its time is over
    int64_t deadline_ns;  // virtual CLOCK_MONOTONIC
    int64_t duration_ns;  // virtual; relative waits only
    long nr;
    uint64_t arg[6];
    union {
        struct k_timespec ts;
        struct k_timeval tv;
    } time;                     // the real timeout; what is left of it, where the kernel writes that back
    struct dc_mapping mapping;  // the real timeout is by this one
    uint64_t scratch[2];
    void* own;  // what else `prepare` needs
};

// Makes the call until it ends by itself, is interrupted, or its virtual deadline has come. Fill call, prepare,
// timed_out and either deadline_ns with absolute, or duration_ns.
long wait_until_done(struct wait* wait);
// Virtual time left by the clock, at least 0.
int64_t wait_remaining_ns(const struct wait* wait);
// Virtual time that was left when the kernel ended the call with `real_left_ns` to go. A guest's signal handler may
// have run since.
int64_t wait_left_ns(const struct wait* wait, int64_t real_left_ns);

// wait.S. -DC_KICKED without or instead of the call if the page's generation is not `generation` (any more).
long dc_wait(long nr, const uint64_t arg[6], uint32_t generation);

// ---- Timers (timers.c) ----

// Waits until the supervisor has moved the kernel's timers to a new mapping, and takes a snapshot after it.
void timer_snapshot(struct snapshot* now);

// ---- Signals (signals.c) ----

// The bits of the signals that stay unblocked whatever the guest asks.
uint64_t kept_signals(void);
// Copies the mask of a call that waits, less those. 0, -EFAULT, or -EINTR: the mask has let a pending signal in.
long copy_mask(const struct call* call, uint64_t from, uint64_t* mask);
// Takes a kept signal of `set` that was sent while the guest blocked it: its number, with its siginfo, or 0.
int take_pending(uint64_t set, uint64_t info[16]);
// Hands a signal that is not ours to the guest's own disposition.
void deliver_to_guest(int vsig, int signal, siginfo_t* info, struct ucontext* context);

// ---- Elsewhere ----

// tsc.c: emulates rdtsc or rdtscp at the faulting instruction; 0 if it is another.
int emulate_tsc(struct ucontext* context);
// stamps.c: traps recvmsg from here on. 0, or an error.
long trap_stamps(void);
// tcp_info.c: converts `length` bytes of struct tcp_info in place.
void convert_tcp_info(uint8_t* info, uint64_t length);
