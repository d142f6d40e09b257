// File times. Files written during the run carry stamps of the host's clock, which lie in the guest's future: they are
// shown in virtual time. Stamps from before the run are left alone.
#include "guest.h"

#define AT_FDCWD_VALUE ((uint64_t)-100)

// The year 2242: nanoseconds in 64 bits end in 2262.
#define LAST_CONVERTED (1ll << 33)

// The kernel's struct stat on x86-64, of which only the stamps matter here.
struct k_stat {
    uint8_t before[72];
    struct k_timespec atime;
    struct k_timespec mtime;
    struct k_timespec ctime;
};
struct k_statx_time {
    int64_t sec;
    uint32_t nsec;
    int32_t reserved;
};
struct k_statx {
    uint8_t before[64];
    struct k_statx_time atime, btime, ctime, mtime;
};

static struct k_timespec shown(int64_t sec, int64_t nsec) {
    struct k_timespec ts = {sec, nsec};
    return sec < 0 || sec > LAST_CONVERTED ? ts : to_timespec(wall_stamp_to_virtual(timespec_ns(&ts)));
}

static void convert_stat(struct k_stat* stat) {
    stat->atime = shown(stat->atime.sec, stat->atime.nsec);
    stat->mtime = shown(stat->mtime.sec, stat->mtime.nsec);
    stat->ctime = shown(stat->ctime.sec, stat->ctime.nsec);
}

static void convert_statx_time(struct k_statx_time* time) {
    struct k_timespec ts = shown(time->sec, time->nsec);
    time->sec = ts.sec;
    time->nsec = (uint32_t)ts.nsec;
}

// stat, lstat, fstat: the kernel has just filled the guest's buffer.
long on_stat(struct call* c) {
    long result = pass(c);
    if (result == 0) convert_stat(pointer_to(c->arg[1]));
    return result;
}

long on_fstatat(struct call* c) {
    long result = pass(c);
    if (result == 0) convert_stat(pointer_to(c->arg[2]));
    return result;
}

long on_statx(struct call* c) {
    long result = pass(c);
    if (result != 0) return result;
    struct k_statx* statx = pointer_to(c->arg[4]);
    convert_statx_time(&statx->atime);
    convert_statx_time(&statx->btime);
    convert_statx_time(&statx->ctime);
    convert_statx_time(&statx->mtime);
    return 0;
}

// ---- Setting them ----

static struct k_timespec stored(struct k_timespec ts) {
    if (ts.sec < 0 || ts.sec > LAST_CONVERTED || ts.nsec < 0 || ts.nsec >= NS_PER_SEC)
        return ts;  // the kernel's to refuse, or UTIME_NOW, UTIME_OMIT
    return to_timespec(wall_stamp_to_real(timespec_ns(&ts)));
}

static long set_times(uint64_t directory, uint64_t path, struct k_timespec times[2], uint64_t flags) {
    times[0] = stored(times[0]);
    times[1] = stored(times[1]);
    return sys4(__NR_utimensat, directory, path, address_of(times), flags);
}

long on_utimensat(struct call* c) {
    struct k_timespec times[2];
    if (c->arg[2] == 0) return pass(c);
    if (copy_in(c, times, c->arg[2], sizeof times) != 0) return -EFAULT;
    return set_times(c->arg[0], c->arg[1], times, c->arg[3]);
}

static long set_timevals(struct call* c, uint64_t directory, uint64_t path, uint64_t from) {
    struct k_timeval tv[2];
    if (from == 0) return pass(c);
    if (copy_in(c, tv, from, sizeof tv) != 0) return -EFAULT;
    struct k_timespec times[2];
    for (int i = 0; i < 2; i++) {
        if (tv[i].usec < 0 || tv[i].usec >= US_PER_SEC) return -EINVAL;
        times[i] = (struct k_timespec){tv[i].sec, tv[i].usec * NS_PER_US};
    }
    return set_times(directory, path, times, 0);
}

long on_utimes(struct call* c) {
    return set_timevals(c, AT_FDCWD_VALUE, c->arg[0], c->arg[1]);
}
long on_futimesat(struct call* c) {
    return set_timevals(c, c->arg[0], c->arg[1], c->arg[2]);
}

long on_utime(struct call* c) {
    int64_t seconds[2];
    if (c->arg[1] == 0) return pass(c);
    if (copy_in(c, seconds, c->arg[1], sizeof seconds) != 0) return -EFAULT;
    struct k_timespec times[2] = {{seconds[0], 0}, {seconds[1], 0}};
    return set_times(AT_FDCWD_VALUE, c->arg[0], times, 0);
}
