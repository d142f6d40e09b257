// The virtual clocks.
#include "guest.h"

typedef int vdso_clock_gettime(int clock, struct k_timespec* ts);

static inline int64_t read_host_clock(int clock, struct k_timespec* ts) {
    uint64_t vdso = state()->vdso_clock_gettime;
    if (__builtin_expect(vdso == 0, 0) || ((vdso_clock_gettime*)pointer_to(vdso))(clock, ts) != 0) {
        sys2(__NR_clock_gettime, (uint64_t)clock, address_of(ts));
    }
    return ts->sec * NS_PER_SEC + ts->nsec;
}

int64_t real_clock_ns(int clock) {
    struct k_timespec ts;
    return read_host_clock(clock, &ts);
}

// Sequence lock, reader's side. x86 keeps loads in order, so compiler barriers (volatile, and the calls) suffice.
static uint32_t read_begin(const volatile struct dc_clock_page* page) {
    uint32_t sequence;
    while (__builtin_expect((sequence = page->sequence) & 1, 0)) __builtin_ia32_pause();
    return sequence;
}

static void copy_mapping(struct dc_mapping* to, const volatile struct dc_mapping* from) {
    to->real_base_ns = from->real_base_ns;
    to->virtual_base_ns = from->virtual_base_ns;
    to->rate = from->rate;
    to->nominal_rate = from->nominal_rate;
}

void read_clock(struct snapshot* now) {
    const volatile struct dc_clock_page* page = clock_page();
    uint32_t sequence;
    do {
        sequence = read_begin(page);
        copy_mapping(&now->mapping, &page->now);
        now->generation = page->generation;
        now->real_ns = real_clock_ns(CLOCK_MONOTONIC);
    } while (page->sequence != sequence);
    now->virtual_ns = dc_virtual_at(&now->mapping, now->real_ns);
}

// Virtual time by a host clock that is CLOCK_MONOTONIC, fine or coarse. `ts` is where the host's clock is read to.
static inline int64_t virtual_ns(int host_clock, struct k_timespec* ts) {
    const volatile struct dc_clock_page* page = clock_page();
    struct dc_mapping mapping;
    uint32_t sequence;
    int64_t real;
    do {
        sequence = read_begin(page);
        real = read_host_clock(host_clock, ts);
        mapping.real_base_ns = page->now.real_base_ns;
        mapping.virtual_base_ns = page->now.virtual_base_ns;
        mapping.rate = page->now.rate;
    } while (__builtin_expect(page->sequence != sequence, 0));
    return dc_virtual_now(&mapping, real);
}

int64_t virtual_monotonic_ns(void) {
    struct k_timespec ts;
    return virtual_ns(CLOCK_MONOTONIC, &ts);
}

int64_t clock_offset_ns(int clock) {
    const volatile struct dc_clock_page* page = clock_page();
    switch (clock) {
        case CLOCK_REALTIME:
        case CLOCK_REALTIME_COARSE:
        case CLOCK_REALTIME_ALARM:
            return page->wall_offset_ns;
        case CLOCK_TAI:
            return page->wall_offset_ns + page->tai_offset_ns;
        case CLOCK_BOOTTIME:
        case CLOCK_BOOTTIME_ALARM:
            return page->boot_offset_ns;
        default:
            return 0;
    }
}

int64_t moment_of(int clock, int64_t ns) {
    return dc_saturated_add(ns, -clock_offset_ns(clock));
}

int64_t host_offset_ns(int clock) {
    int64_t monotonic = real_clock_ns(CLOCK_MONOTONIC);
    return real_clock_ns(clock) - monotonic;
}

// Clocks of other processes and threads are negative: pid << 3 | kind, kind 3 being a device's clock by descriptor.
int is_cpu_clock(int clock) {
    return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || (clock < 0 && (clock & 7) != 3);
}

int is_timer_clock(int clock) {
    switch (clock) {
        case CLOCK_REALTIME:
        case CLOCK_MONOTONIC:
        case CLOCK_BOOTTIME:
        case CLOCK_REALTIME_ALARM:
        case CLOCK_BOOTTIME_ALARM:
        case CLOCK_TAI:
            return 1;
        default:
            return 0;
    }
}

__extension__ typedef unsigned __int128 wide;

// value × num ÷ den, rounded down or up; saturates. The quotient of a 128-bit number without a library.
static int64_t multiply_divide(int64_t value, uint64_t num, uint64_t den, int up) {
    wide product = (wide)(uint64_t)value * num;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product, quotient, remainder;
    if (value <= 0) return value;
    if (high >= den) return DC_NS_MAX;
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(den) : "cc");
    if (up && remainder != 0) quotient++;
    return quotient > (uint64_t)DC_NS_MAX ? DC_NS_MAX : (int64_t)quotient;
}

int64_t cpu_to_virtual(int64_t real) {
    return multiply_divide(real, state()->cpu_num, state()->cpu_den, 0);
}
int64_t cpu_to_real(int64_t virtual_) {
    return multiply_divide(virtual_, state()->cpu_den, state()->cpu_num, 1);
}

static inline void split(int64_t ns, struct k_timespec* ts) {
    // Unsigned division by a constant is one multiplication; virtual time is never negative.
    uint64_t sec = (uint64_t)ns / NS_PER_SEC;
    ts->sec = (int64_t)sec;
    ts->nsec = ns - (int64_t)sec * NS_PER_SEC;
}

static int read_other_clock(int clock, struct k_timespec* ts) {
    switch (clock) {
        case CLOCK_MONOTONIC_RAW:
        case CLOCK_BOOTTIME:
        case CLOCK_REALTIME_ALARM:
        case CLOCK_BOOTTIME_ALARM:
        case CLOCK_TAI:
            split(virtual_ns(CLOCK_MONOTONIC, ts) + clock_offset_ns(clock), ts);
            return 0;
        case CLOCK_REALTIME_COARSE:
        case CLOCK_MONOTONIC_COARSE:
            split(virtual_ns(CLOCK_MONOTONIC_COARSE, ts) + clock_offset_ns(clock), ts);
            return 0;
        default: {
            int error = (int)sys2(__NR_clock_gettime, (uint64_t)clock, address_of(ts));
            if (error != 0 || !is_cpu_clock(clock)) return error;
            *ts = to_timespec(cpu_to_virtual(timespec_ns(ts)));
            return 0;
        }
    }
}

// The two clocks that programs read all the time come first: this is the hottest path of all.
int read_guest_clock(int clock, struct k_timespec* ts) {
    if (__builtin_expect(clock == CLOCK_MONOTONIC, 1)) {
        split(virtual_ns(CLOCK_MONOTONIC, ts), ts);
        return 0;
    }
    if (clock == CLOCK_REALTIME) {
        split(virtual_ns(CLOCK_MONOTONIC, ts) + clock_page()->wall_offset_ns, ts);
        return 0;
    }
    return read_other_clock(clock, ts);
}

// ---- Stamps ----

// Stamps far in the future were set by hand, not taken from a clock. Beyond this many real ns after the start they are
// shifted instead of scaled, which keeps them within what file systems can store at any TDF. 50 years.
#define STAMP_HORIZON_NS 1576800000000000000ll

// The kernel stamps files by its coarse clock, up to a tick behind. So the run's stamps begin a tick (of 100 Hz, the
// longest) before the run.
#define TICK_NS 10000000ll

// The mapping in force at a moment after the start: the last that began before it.
static void mapping_at(struct dc_mapping* m, int64_t ns, int by_virtual) {
    const volatile struct dc_clock_page* page = clock_page();
    uint32_t sequence;
    do {
        sequence = read_begin(page);
        uint32_t i = page->history_count;
        while (--i > 0) {
            if ((by_virtual ? page->history[i].virtual_base_ns : page->history[i].real_base_ns) <= ns) break;
        }
        copy_mapping(m, &page->history[i]);
    } while (page->sequence != sequence);
}

int64_t wall_stamp_to_virtual(int64_t real_wall_ns) {
    const volatile struct dc_clock_page* page = clock_page();
    struct dc_mapping m;
    int64_t real = real_wall_ns - page->real_wall_offset_ns;
    int64_t beyond = real - page->start_real_ns - STAMP_HORIZON_NS;
    if (real <= page->start_real_ns) {
        if (real <= page->start_real_ns - TICK_NS) return real_wall_ns;
        return real - page->start_real_ns + page->start_virtual_ns + page->wall_offset_ns;
    }
    if (beyond > 0) real -= beyond;
    mapping_at(&m, real, 0);
    return dc_saturated_add(dc_virtual_at(&m, real) + page->wall_offset_ns, beyond > 0 ? beyond : 0);
}

int64_t wall_stamp_to_real(int64_t virtual_wall_ns) {
    const volatile struct dc_clock_page* page = clock_page();
    struct dc_mapping m;
    int64_t moment = virtual_wall_ns - page->wall_offset_ns;
    int64_t horizon_real = page->start_real_ns + STAMP_HORIZON_NS;
    int64_t horizon, beyond;
    if (moment <= page->start_virtual_ns) {
        // With a start in the future, what lies between the real start and the virtual one has no stamp of its own:
        // later ones are the run's. It becomes the real start, which keeps it in the guest's past.
        int64_t last = page->start_real_ns + page->real_wall_offset_ns - TICK_NS;
        if (moment <= page->start_virtual_ns - TICK_NS) return virtual_wall_ns < last ? virtual_wall_ns : last;
        return moment - page->start_virtual_ns + page->start_real_ns + page->real_wall_offset_ns;
    }
    // While time is frozen the future is taken to go on at the rate from before.
    mapping_at(&m, horizon_real, 0);
    m.rate = m.nominal_rate;
    horizon = dc_virtual_at(&m, horizon_real);
    beyond = moment - horizon;
    if (beyond > 0) return dc_saturated_add(horizon_real + page->real_wall_offset_ns, beyond);
    mapping_at(&m, moment, 1);
    m.rate = m.nominal_rate;
    return dc_real_at(&m, moment) + page->real_wall_offset_ns;
}
