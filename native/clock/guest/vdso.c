// The functions libc, Go and the JVM call as the kernel's vDSO. Errors are negative errno values, bad pointers fault:
// as in the kernel's own.
#include "guest.h"

struct k_timezone {
    int minuteswest;
    int dsttime;
};
typedef long vdso_getcpu(unsigned* cpu, unsigned* node, void* unused);
typedef long vdso_gettimeofday(struct k_timeval* tv, struct k_timezone* tz);
typedef long vdso_getrandom(void* buffer, size_t length, unsigned flags, void* opaque, size_t opaque_length);

EXPORT int __vdso_clock_gettime(int clock, struct k_timespec* ts) {
    return read_guest_clock(clock, ts);
}

EXPORT int __vdso_gettimeofday(struct k_timeval* tv, struct k_timezone* tz) {
    if (tv != NULL) {
        struct k_timespec ts;
        read_guest_clock(CLOCK_REALTIME, &ts);
        *tv = (struct k_timeval){ts.sec, ts.nsec / NS_PER_US};
    }
    if (tz != NULL) {
        uint64_t vdso = state()->vdso_gettimeofday;
        if (vdso != 0) return (int)((vdso_gettimeofday*)pointer_to(vdso))(NULL, tz);
        return (int)sys2(__NR_gettimeofday, 0, address_of(tz));
    }
    return 0;
}

// Coarse, as the kernel's: it may lag gettimeofday by a tick.
EXPORT int64_t __vdso_time(int64_t* t) {
    struct k_timespec ts;
    read_guest_clock(CLOCK_REALTIME_COARSE, &ts);
    if (t != NULL) *t = ts.sec;
    return ts.sec;
}

EXPORT int __vdso_clock_getres(int clock, struct k_timespec* resolution) {
    return (int)sys2(__NR_clock_getres, (uint64_t)clock, address_of(resolution));
}

EXPORT long __vdso_getcpu(unsigned* cpu, unsigned* node, void* unused) {
    uint64_t vdso = state()->vdso_getcpu;
    if (vdso != 0) return ((vdso_getcpu*)pointer_to(vdso))(cpu, node, unused);
    return sys3(__NR_getcpu, address_of(cpu), address_of(node), 0);
}

EXPORT long __vdso_getrandom(void* buffer, size_t length, unsigned flags, void* opaque, size_t opaque_length) {
    uint64_t vdso = state()->vdso_getrandom;
    if (vdso == 0) return -ENOSYS;  // kernels before 6.11; callers ask before they rely on it
    return ((vdso_getrandom*)pointer_to(vdso))(buffer, length, flags, opaque, opaque_length);
}

#define WEAK_NAME(name) __attribute__((weak, visibility("default"), alias("__vdso_" #name)))
WEAK_NAME(clock_gettime) int clock_gettime(int clock, struct k_timespec* ts);
WEAK_NAME(gettimeofday) int gettimeofday(struct k_timeval* tv, struct k_timezone* tz);
WEAK_NAME(time) int64_t time(int64_t* t);
WEAK_NAME(clock_getres) int clock_getres(int clock, struct k_timespec* resolution);
WEAK_NAME(getcpu) long getcpu(unsigned* cpu, unsigned* node, void* unused);
WEAK_NAME(getrandom)
long getrandom(void* buffer, size_t length, unsigned flags, void* opaque, size_t opaque_length);

// The same clocks by system call: pointers are checked as the kernel checks them.

long on_clock_gettime(struct call* c) {
    struct k_timespec ts;
    long error = read_guest_clock((int)c->arg[0], &ts);
    return error != 0 ? error : copy_out(c, c->arg[1], &ts, sizeof ts);
}

long on_gettimeofday(struct call* c) {
    if (c->arg[0] != 0) {
        struct k_timeval tv;
        __vdso_gettimeofday(&tv, NULL);
        if (copy_out(c, c->arg[0], &tv, sizeof tv) != 0) return -EFAULT;
    }
    return c->arg[1] != 0 ? sys2(__NR_gettimeofday, 0, c->arg[1]) : 0;
}

long on_time(struct call* c) {
    int64_t now = __vdso_time(NULL);
    if (c->arg[0] != 0 && copy_out(c, c->arg[0], &now, sizeof now) != 0) return -EFAULT;
    return now;
}
