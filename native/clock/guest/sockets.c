// Socket options that carry time: set, they are scaled to real time; read back, they are virtual again.
#include "../socket_options.h"

#include "guest.h"

#define SOL_SOCKET_LEVEL 1
#define KEEPALIVE_MAX_SECONDS 32767  // MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL

enum unit { UNIT_TIMEVAL, UNIT_LINGER, UNIT_RATE, UNIT_COUNT, UNIT_KEEPALIVE, UNIT_STAMPS, UNIT_TCP_INFO };

static enum unit unit_of(int level, int option) {
    if (level == SOL_SOCKET_LEVEL) {
        switch (option) {
            case DC_SO_RCVTIMEO_OLD:
            case DC_SO_SNDTIMEO_OLD:
            case DC_SO_RCVTIMEO_NEW:
            case DC_SO_SNDTIMEO_NEW:
                return UNIT_TIMEVAL;
            case DC_SO_LINGER:
                return UNIT_LINGER;
            case DC_SO_MAX_PACING_RATE:
                return UNIT_RATE;
            default:
                return UNIT_STAMPS;
        }
    }
    switch (option) {
        case DC_TCP_INFO:
            return UNIT_TCP_INFO;
        case DC_TCP_KEEPIDLE:
        case DC_TCP_KEEPINTVL:
            return UNIT_KEEPALIVE;
        default:
            return UNIT_COUNT;  // seconds, milliseconds or microseconds in an int: to a factor they are all one
    }
}

static uint64_t nominal_rate(void) {
    struct snapshot now;
    read_clock(&now);
    return now.mapping.nominal_rate;
}

// Ints: real is rounded up, and virtual to the nearest, so that what was set is read back.
static int32_t count_to_real(int32_t value, int32_t limit) {
    if (value <= 0) return value;
    int64_t real = dc_scale_up(value, nominal_rate());
    if (value <= limit && real > limit) real = limit;
    return (int32_t)(real < INT32_MAX ? real : INT32_MAX);
}
static int32_t count_to_virtual(int32_t value) {
    if (value <= 0) return value;
    int64_t twice = dc_scale_down((int64_t)value * 2, nominal_rate());
    return twice / 2 >= INT32_MAX ? INT32_MAX : (int32_t)((twice + 1) / 2);
}

static long set_with(const struct call* c, const void* value, uint64_t size) {
    return sys6(c->nr, c->arg[0], c->arg[1], c->arg[2], address_of(value), size, 0);
}

// In microseconds, which reach as far as the kernel's own counts.
static int64_t timeval_us(const struct k_timeval* tv) {
    int64_t us;
    if (__builtin_mul_overflow(tv->sec, US_PER_SEC, &us)) return INT64_MAX;
    return dc_saturated_add(us, tv->usec);
}
static struct k_timeval us_timeval(int64_t us) {
    // What saturates is forever, to the kernel too.
    if (us == INT64_MAX) return (struct k_timeval){INT64_MAX, 0};
    return (struct k_timeval){us / US_PER_SEC, us % US_PER_SEC};
}

static int shorter(const struct call* c, size_t size) {
    return (int32_t)c->arg[4] < (int32_t)size;
}

static long set_timeval(struct call* c) {
    struct k_timeval tv;
    if (shorter(c, sizeof tv)) return pass(c);
    if (copy_in(c, &tv, c->arg[3], sizeof tv) != 0) return -EFAULT;
    if (!valid_timeval(&tv)) return pass(c);
    tv = us_timeval(dc_scale_up(timeval_us(&tv), nominal_rate()));
    return set_with(c, &tv, sizeof tv);
}

// The largest rate means "no limit" and stays.
static long set_rate(struct call* c) {
    uint64_t rate = 0;
    uint64_t size = shorter(c, sizeof rate) ? 4 : sizeof rate;
    if (shorter(c, 4)) return pass(c);
    if (copy_in(c, &rate, c->arg[3], size) != 0) return -EFAULT;
    if (rate == 0 || rate == UINT64_MAX || (size == 4 && rate == UINT32_MAX)) return pass(c);
    int64_t real = dc_scale_down(rate < (uint64_t)INT64_MAX ? (int64_t)rate : INT64_MAX, nominal_rate());
    rate = real > 0 ? (uint64_t)real : 1;
    if (size == 4 && rate > UINT32_MAX - 1) rate = UINT32_MAX - 1;
    return set_with(c, &rate, size);
}

static long set_linger(struct call* c) {
    int32_t linger[2];  // on or off, seconds
    if (shorter(c, sizeof linger)) return pass(c);
    if (copy_in(c, linger, c->arg[3], sizeof linger) != 0) return -EFAULT;
    linger[1] = count_to_real(linger[1], INT32_MAX);
    return set_with(c, linger, sizeof linger);
}

static long set_count(struct call* c, int32_t limit) {
    int32_t value;
    if (shorter(c, sizeof value)) return pass(c);
    if (copy_in(c, &value, c->arg[3], sizeof value) != 0) return -EFAULT;
    value = count_to_real(value, limit);
    return set_with(c, &value, sizeof value);
}

// Packet stamps must come out in virtual time or not at all.
static long set_stamps(struct call* c) {
    int32_t on = 0;
    if (!shorter(c, sizeof on) && copy_in(c, &on, c->arg[3], sizeof on) != 0) return -EFAULT;
    if (on != 0 && trap_stamps() != 0) return -ENOPROTOOPT;
    return pass(c);
}

long on_setsockopt(struct call* c) {
    switch (unit_of((int)c->arg[1], (int)c->arg[2])) {
        case UNIT_TIMEVAL:
            return set_timeval(c);
        case UNIT_RATE:
            return set_rate(c);
        case UNIT_LINGER:
            return set_linger(c);
        case UNIT_COUNT:
            return set_count(c, INT32_MAX);
        case UNIT_KEEPALIVE:
            return set_count(c, KEEPALIVE_MAX_SECONDS);
        case UNIT_STAMPS:
            return set_stamps(c);
        default:
            return pass(c);
    }
}

static void convert_value(enum unit unit, uint8_t* value, uint64_t length) {
    switch (unit) {
        case UNIT_TIMEVAL: {
            struct k_timeval* tv = (struct k_timeval*)value;
            if (length >= sizeof *tv) *tv = us_timeval(dc_scale_down(timeval_us(tv), nominal_rate()));
            break;
        }
        case UNIT_RATE:
            if (length == 8 && *(uint64_t*)value < (uint64_t)INT64_MAX) {
                *(uint64_t*)value = (uint64_t)dc_scale_up((int64_t) * (uint64_t*)value, nominal_rate());
            } else if (length == 4 && *(uint32_t*)value != UINT32_MAX) {
                int64_t rate = dc_scale_up(*(uint32_t*)value, nominal_rate());
                *(uint32_t*)value = rate < UINT32_MAX ? (uint32_t)rate : UINT32_MAX;
            }
            break;
        case UNIT_LINGER:
            if (length >= 8) ((int32_t*)value)[1] = count_to_virtual(((int32_t*)value)[1]);
            break;
        case UNIT_COUNT:
        case UNIT_KEEPALIVE:
            if (length >= 4) *(int32_t*)value = count_to_virtual(*(int32_t*)value);
            break;
        case UNIT_TCP_INFO:
            convert_tcp_info(value, length);
            break;
        case UNIT_STAMPS:
            break;
    }
}

// The length of a whole value; 0 where every length is one.
static uint32_t whole_length(enum unit unit) {
    switch (unit) {
        case UNIT_TIMEVAL:
            return sizeof(struct k_timeval);
        case UNIT_LINGER:
            return 8;
        case UNIT_COUNT:
        case UNIT_KEEPALIVE:
            return 4;
        default:
            return 0;
    }
}

// A caller with less room than the value takes gets its first bytes.
static void convert_cut_short(const struct call* c, enum unit unit, uint8_t* value, uint32_t length) {
    uint64_t whole[2];
    uint32_t size = whole_length(unit);
    if (sys6(c->nr, c->arg[0], c->arg[1], c->arg[2], address_of(whole), address_of(&size), 0) != 0) return;
    convert_value(unit, (uint8_t*)whole, size);
    for (uint32_t i = 0; i < length; i++) value[i] = ((const uint8_t*)whole)[i];
}

// The kernel has just written value and length where the guest asked.
long on_getsockopt(struct call* c) {
    enum unit unit = unit_of((int)c->arg[1], (int)c->arg[2]);
    long result = pass(c);
    if (result != 0) return result;
    uint8_t* value = pointer_to(c->arg[3]);
    uint32_t length = *(uint32_t*)pointer_to(c->arg[4]);
    if (length < whole_length(unit))
        convert_cut_short(c, unit, value, length);
    else
        convert_value(unit, value, length);
    return 0;
}
