// What the host side (C++) and the guest code (freestanding C) agree on: addresses, pages, messages.
// Whoever changes anything here raises DC_ABI_VERSION; both sides check it when they meet.
#ifndef DIECAST_CLOCK_ABI_H
#define DIECAST_CLOCK_ABI_H

#ifdef __cplusplus
#include <cstdint>
extern "C" {
#else
#include <stdint.h>
#endif

#define DC_ABI_VERSION 1u
#define DC_CLOCK_MAGIC 0x4b434c4344000001ull

// One window at the same place in every guest process. It lies below 2 GiB, so that 32-bit displacements and a
// single BPF comparison reach it, and outside what AddressSanitizer, ThreadSanitizer, Wine and non-PIE programs
// claim.
#define DC_BASE 0x6dc00000ul
#define DC_CLOCK_ADDR (DC_BASE + 0x0000ul)  // shared, read-only: struct dc_clock_page
#define DC_STATS_ADDR (DC_BASE + 0x2000ul)  // shared, writable, only with --stats: struct dc_stats_page
#define DC_STATE_ADDR (DC_BASE + 0x4000ul)  // private, writable: struct dc_state
#define DC_CODE_ADDR (DC_BASE + 0x10000ul)  // private, read and execute: the guest image
#define DC_CLOCK_SIZE 0x2000ul
#define DC_STATS_SIZE 0x2000ul
#define DC_STATE_SIZE 0xc000ul
#define DC_CODE_MAX 0x10000ul
#define DC_END (DC_CODE_ADDR + DC_CODE_MAX)

// The bundle: one memfd that holds the clock page and, behind it, the guest image.
#define DC_BUNDLE_CLOCK 0x0ul
#define DC_BUNDLE_CODE DC_CLOCK_SIZE

// ---- The clock page ----

#define DC_RATE_SHIFT 52

// While time stands still a kernel timer for virtual time v is armed DC_FROZEN_NS + (v - virtual_base) after
// real_base: too far away to fire, yet the deadline can be read back from the kernel exactly. 30 years.
#define DC_FROZEN_NS 946080000000000000ll

// A linear map from the host's CLOCK_MONOTONIC to the guests': v = virtual_base + ((r - real_base) * rate >> 52),
// and v = virtual_base for r < real_base. `rate` is rounded up, so that a wait of exactly duration × TDF is enough.
struct dc_mapping {
    int64_t real_base_ns;
    int64_t virtual_base_ns;
    uint64_t rate;          // virtual ns per real ns, Q52; 0 while frozen
    uint64_t nominal_rate;  // the same, but kept while frozen: intervals are converted with it
};

#define DC_HISTORY 64

struct dc_clock_page {
    uint64_t magic;
    uint32_t abi_version;
    uint32_t sequence;    // odd while the mapping is being written
    uint32_t generation;  // one more for every change of the mapping; waits under way compare it
    uint32_t rearming;    // not 0 while the supervisor re-arms kernel timers: timer calls of guests wait
    struct dc_mapping now;
    struct dc_mapping before;     // in force until the last change
    int64_t wall_offset_ns;       // virtual CLOCK_REALTIME - virtual CLOCK_MONOTONIC
    int64_t boot_offset_ns;       // virtual CLOCK_BOOTTIME - virtual CLOCK_MONOTONIC
    int64_t tai_offset_ns;        // CLOCK_TAI - CLOCK_REALTIME, as on the host at the start
    int64_t real_wall_offset_ns;  // host CLOCK_REALTIME - host CLOCK_MONOTONIC at the start
    int64_t start_real_ns;        // host CLOCK_MONOTONIC at the start
    int64_t start_virtual_ns;
    // The mappings so far, oldest first, each in force from its real_base_ns on: file stamps of the past need the
    // mapping of their own time. When it is full the second oldest is dropped.
    uint32_t history_count;
    uint32_t open_gates;  // programs at a gate of a higher number have yet to begin (native/launch/gate.h)
    struct dc_mapping history[DC_HISTORY];
};

// ---- Statistics ----

#define DC_MAX_SYSCALL 512
struct dc_stats_page {
    uint64_t traps[DC_MAX_SYSCALL];  // calls handled, by system call number
};

// ---- The process state ----

#define DC_FLAG_FILE_TIMES 1u
#define DC_FLAG_STATS 2u
#define DC_FLAG_TSC 4u

// The signals whose handler the guest code keeps for itself, and the guest's own idea of them.
#define DC_VSIG_SYS 0
#define DC_VSIG_SEGV 1  // only with DC_FLAG_TSC
#define DC_VSIGS 2

struct dc_sigaction {  // as the kernel has it
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};

#define DC_MASKED_THREADS 4096
#define DC_POSIX_TIMERS 1024

struct dc_state {
    uint64_t magic;
    uint32_t abi_version;
    uint32_t flags;
    // Entry points of the kernel's own vDSO in this process; 0: make the system call instead.
    uint64_t vdso_clock_gettime;
    uint64_t vdso_getcpu;
    uint64_t vdso_getrandom;
    uint64_t vdso_gettimeofday;
    // CPU clocks: virtual = real × num ÷ den.
    uint64_t cpu_num;
    uint64_t cpu_den;
    // With DC_FLAG_TSC: what rdtsc returns is virtual CLOCK_MONOTONIC × tsc_khz ÷ 10^6.
    uint64_t tsc_khz;
    struct dc_sigaction action[DC_VSIGS];
    uint64_t sa_mask_bits[DC_VSIGS];      // bit n-1: the guest's sa_mask for signal n holds this vsig
    uint64_t pending_info[DC_VSIGS][16];  // a vsig sent to a thread that believes it blocks it: its siginfo
    uint32_t pending;                     // bit vsig: pending_info holds one
    uint32_t masked_used;                 // not 0 once a thread blocked a vsig
    uint32_t timers_used;                 // not 0 once the process has armed an interval or POSIX timer
    uint32_t stamps_trapped;              // not 0 once recvmsg is trapped for packet stamps
    // POSIX timers of this process, at their id modulo the size: the kernel counts ids up, and does not tell clocks.
    uint32_t timer_id[DC_POSIX_TIMERS];  // id + 1; 0 is free
    int32_t timer_clock[DC_POSIX_TIMERS];
    // Threads that believe they block a vsig: tid << 2 | bits. Open addressing; 0 is free.
    uint32_t masked[DC_MASKED_THREADS];
};

// Where the search for a thread's entry in `masked` begins; it goes on to the following entries, in a ring.
static inline uint32_t dc_masked_slot(uint32_t tid) {
    return tid * 2654435761u % DC_MASKED_THREADS;
}

// ---- Between the injected stub, the guest code and the keeper ----

// execve(0, DC_FETCH_MAGIC, which, ...) from a process under injection returns a descriptor of `which`.
#define DC_FETCH_MAGIC 0x6469656361737421ull
#define DC_FETCH_BUNDLE 0
#define DC_FETCH_STATS 1

#define DC_TRAP_DATA 0xd1ec  // SECCOMP_RET_DATA of our traps: tells them from those of a guest's own filter
#define DC_KICKED 4000       // a nested wait returns -DC_KICKED when the mapping changed under it

// Symbols the guest image exports for the keeper (its dynamic symbol table, next to the vDSO's own):
//   dc_on_signal         the SIGSYS (and SIGSEGV) handler
//   dc_restorer          sa_restorer for it
//   dc_wait_begin        first instruction of the "has the mapping changed?" check before a nested wait
//   dc_wait_end          the instruction behind that wait's syscall instruction
//   dc_gate              syscall; ret: for calls the filter traps unless they come from the guest image
//   dc_rearm             void dc_rearm(void): moves this process's interval and POSIX timers from clock.before to
//   clock.now;
//                        ends in int3

#ifdef __cplusplus
}
static_assert(sizeof(dc_clock_page) <= DC_CLOCK_SIZE, "the clock page outgrew its place");
static_assert(sizeof(dc_state) <= DC_STATE_SIZE, "the process state outgrew its place");
static_assert(sizeof(dc_stats_page) <= DC_STATS_SIZE, "the statistics outgrew their place");
#else
_Static_assert(sizeof(struct dc_clock_page) <= DC_CLOCK_SIZE, "the clock page outgrew its place");
_Static_assert(sizeof(struct dc_state) <= DC_STATE_SIZE, "the process state outgrew its place");
_Static_assert(sizeof(struct dc_stats_page) <= DC_STATS_SIZE, "the statistics outgrew their place");
#endif
#endif
