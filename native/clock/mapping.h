// The arithmetic of virtual time: pure, shared by the host side and the guest code, without floating point.
#ifndef DIECAST_CLOCK_MAPPING_H
#define DIECAST_CLOCK_MAPPING_H

#include "abi.h"

#define DC_NS_MAX INT64_MAX

static inline int64_t dc_saturated_add(int64_t a, int64_t b) {
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

// floor(ns × rate); saturates.
static inline int64_t dc_scale_down(int64_t ns, uint64_t rate) {
    __extension__ typedef __int128 wide;
    wide product = (wide)ns * (wide)rate >> DC_RATE_SHIFT;
    if (product > INT64_MAX) return INT64_MAX;
    if (product < INT64_MIN) return INT64_MIN;
    return (int64_t)product;
}

// The smallest duration that `rate` maps to at least ns (ns >= 0): ceil(ns ÷ rate); saturates.
static inline int64_t dc_scale_up(int64_t ns, uint64_t rate) {
    // One 128-by-64-bit division: the compiler's own would call into a library, which the guest code has not.
    uint64_t high = (uint64_t)ns >> (64 - DC_RATE_SHIFT);
    uint64_t low = (uint64_t)ns << DC_RATE_SHIFT;
    uint64_t quotient, remainder;
    if (high >= rate) return INT64_MAX;
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(rate) : "cc");
    if (remainder != 0) quotient++;
    return quotient > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)quotient;
}

// Virtual time at real time `real_ns`. Before the mapping's base time stands: coarse clocks and stamps lag behind.
static inline int64_t dc_virtual_at(const struct dc_mapping* m, int64_t real_ns) {
    int64_t elapsed = real_ns - m->real_base_ns;
    if (elapsed <= 0) return m->virtual_base_ns;
    return dc_saturated_add(m->virtual_base_ns, dc_scale_down(elapsed, m->rate));
}

// The same for a clock just read, on the hot path: without saturation, which no clock reaches within centuries.
static inline int64_t dc_virtual_now(const struct dc_mapping* m, int64_t real_ns) {
    __extension__ typedef unsigned __int128 wide;
    uint64_t elapsed = (uint64_t)real_ns - (uint64_t)m->real_base_ns;
    if (__builtin_expect((int64_t)elapsed < 0, 0)) return m->virtual_base_ns;
    return m->virtual_base_ns + (int64_t)((wide)elapsed * m->rate >> DC_RATE_SHIFT);
}

// The first real time at which virtual time is `virtual_ns` or later. While frozen: where a kernel timer for it is
// parked (see DC_FROZEN_NS).
static inline int64_t dc_real_at(const struct dc_mapping* m, int64_t virtual_ns) {
    int64_t ahead;
    if (__builtin_sub_overflow(virtual_ns, m->virtual_base_ns, &ahead)) ahead = virtual_ns < 0 ? 0 : INT64_MAX;
    if (ahead <= 0) return m->real_base_ns;
    if (m->rate == 0) return dc_saturated_add(dc_saturated_add(m->real_base_ns, DC_FROZEN_NS), ahead);
    return dc_saturated_add(m->real_base_ns, dc_scale_up(ahead, m->rate));
}

// The virtual deadline of a kernel timer that expires at `real_ns`: the inverse of dc_real_at, parked timers included.
static inline int64_t dc_deadline_at(const struct dc_mapping* m, int64_t real_ns) {
    if (m->rate != 0) return dc_virtual_at(m, real_ns);
    int64_t ahead = real_ns - m->real_base_ns - DC_FROZEN_NS;
    return dc_saturated_add(m->virtual_base_ns, ahead > 0 ? ahead : 0);
}

// Intervals keep their length while time is frozen, hence the nominal rate.
static inline int64_t dc_interval_to_real(const struct dc_mapping* m, int64_t virtual_ns) {
    return dc_scale_up(virtual_ns, m->nominal_rate);
}
static inline int64_t dc_interval_to_virtual(const struct dc_mapping* m, int64_t real_ns) {
    return dc_scale_down(real_ns, m->nominal_rate);
}

#endif
