// sysinfo, and reading (not setting) the kernel's clock discipline.
#include "guest.h"

#include <linux/timex.h>

#define ADJ_OFFSET_SS_READ_MODE 0xa001u

long on_sysinfo(struct call* c) {
    long result = pass(c);
    // struct sysinfo begins with the uptime in seconds.
    if (result == 0) {
        int64_t* uptime = pointer_to(c->arg[0]);
        *uptime = (virtual_monotonic_ns() + clock_offset_ns(CLOCK_BOOTTIME)) / NS_PER_SEC;
    }
    return result;
}

static long read_discipline(struct call* c, int clock, uint64_t buffer) {
    struct __kernel_timex timex;
    if (copy_in(c, &timex, buffer, sizeof timex) != 0) return -EFAULT;
    if (timex.modes != 0 && timex.modes != ADJ_OFFSET_SS_READ_MODE) return -EPERM;
    long result = pass(c);
    if (result < 0) return result;
    struct __kernel_timex* seen = pointer_to(buffer);
    struct k_timespec now;
    if (read_guest_clock(clock, &now) == 0) {
        int in_ns = (seen->status & STA_NANO) != 0;
        seen->time.tv_sec = now.sec;
        seen->time.tv_usec = in_ns ? now.nsec : now.nsec / NS_PER_US;
    }
    return result;
}

long on_adjtimex(struct call* c) {
    return read_discipline(c, CLOCK_REALTIME, c->arg[0]);
}
long on_clock_adjtime(struct call* c) {
    return read_discipline(c, (int)c->arg[0], c->arg[1]);
}
