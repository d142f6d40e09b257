// File times: a file just written is neither in the future nor old; what is set comes back to the nanosecond.
#include <dirent.h>
#include <sys/stat.h>
#include <utime.h>

#include "guest.h"

static char name[160];
static char path[] = "file";
static char link_path[] = "link";

enum { ACCESS, MODIFY, CHANGE, BIRTH };

#ifndef STATX_ALL
#define STATX_ALL 0xfff
#endif
struct raw_statx_time {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t reserved;
};
struct raw_statx {
    uint32_t mask, blksize;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, pad;
    uint64_t ino, size, blocks, attributes_mask;
    struct raw_statx_time time[4];  // access, birth, change, modify
    uint64_t rest[16];
};

static int64_t of_statx(const struct raw_statx* buffer, int which) {
    static const int places[] = {0, 3, 2, 1};
    const struct raw_statx_time* time = &buffer->time[places[which]];
    return time->seconds * SEC + time->nanoseconds;
}

// The ways of asking for a file's times; -1: this one does not tell.
static int64_t ask(int way, int fd, int which) {
    struct stat buffer;
    struct raw_statx extended;
    long ret;
    switch (way) {
        case 0:
            ret = stat(path, &buffer);
            break;
        case 1:
            ret = lstat(path, &buffer);
            break;
        case 2:
            ret = fstat(fd, &buffer);
            break;
        case 3:
            ret = fstatat(AT_FDCWD, path, &buffer, 0);
            break;
        case 4:
            ret = syscall(SYS_stat, path, &buffer);
            break;
        case 5:
            ret = syscall(SYS_lstat, path, &buffer);
            break;
        case 6:
            ret = syscall(SYS_fstat, fd, &buffer);
            break;
        case 7:
            ret = syscall(SYS_newfstatat, AT_FDCWD, path, &buffer, 0);
            break;
        case 8:
            ret = syscall(SYS_newfstatat, fd, "", &buffer, 0x1000 /* AT_EMPTY_PATH */);
            break;
        case 9:
            ret = syscall(SYS_statx, AT_FDCWD, path, 0, STATX_ALL, &extended);
            break;
        default:
            ret = syscall(SYS_statx, fd, "", 0x1000, STATX_ALL, &extended);
            break;
    }
    must(ret == 0, "stat");
    if (way >= 9) return of_statx(&extended, which);
    if (which == BIRTH) return -1;
    return ns_of(which == ACCESS ? buffer.st_atim : which == MODIFY ? buffer.st_mtim : buffer.st_ctim);
}
static const char* ways[] = {"stat",       "lstat",     "fstat",      "fstatat",          "raw_stat",
                             "raw_lstat",  "raw_fstat", "newfstatat", "newfstatat_empty", "statx",
                             "statx_empty"};
static const char* stamps[] = {"atime", "mtime", "ctime", "btime"};

static int64_t wall_ns(void) {
    return clock_ns(CLOCK_REALTIME);
}

// The kernel stamps files with its tick clock: up to 10 ms of real time late.
static void judge_fresh(const char* what, int64_t before, int64_t stamp, int64_t after) {
    check(what, stamp <= after && stamp >= before - 10 * MS - MS, "%lld after the start, %lld before the end",
          (long long)(stamp - before), (long long)(after - stamp));
}

static void fresh(void) {
    int64_t before = wall_ns();
    int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_EXCL, 0644);
    must(fd >= 0 && write(fd, "x", 1) == 1, "write");
    int64_t after = wall_ns();
    for (int way = 0; way < (int)LENGTH(ways); way++)
        for (int which = ACCESS; which <= BIRTH; which++) {
            int64_t stamp = ask(way, fd, which);
            if (stamp == -1) continue;
            snprintf(name, sizeof name, "fresh.%s.%s", ways[way], stamps[which]);
            judge_fresh(name, before, stamp, after);
        }
    // Written later: the time advances as the guest's clock does.
    int64_t first = ask(0, fd, MODIFY);
    int64_t start = wall_ns();
    struct timespec pause = timespec_of(40 * MS);
    nanosleep(&pause, NULL);
    must(write(fd, "x", 1) == 1, "write");
    int64_t second = ask(0, fd, MODIFY);
    check("later", second - first >= 40 * MS - 11 * MS && second <= wall_ns(), "%lld between",
          (long long)(second - first));
    check("later.fresh", second >= start + 29 * MS, "%lld", (long long)(second - start));
    // Two files written one after the other are in order.
    int other = open("other", O_CREAT | O_RDWR, 0644);
    must(other >= 0 && write(other, "x", 1) == 1, "write");
    struct stat buffer;
    fstat(other, &buffer);
    check("in_order", ns_of(buffer.st_mtim) >= second, "%lld", (long long)(ns_of(buffer.st_mtim) - second));
    // The same by every way of asking.
    bool same = true;
    for (int way = 0; way < (int)LENGTH(ways); way++) same &= ask(way, fd, MODIFY) == second;
    check("same_by_every_way", same, "compared %zu", LENGTH(ways));
    close(other);
    unlink("other");
    close(fd);
}

// ---- Setting ------------------------------------------------------------------------------------------------------

static int64_t rounded(int64_t ns, int64_t to) {
    return ns - ((ns % to) + to) % to;
}

static void round_trips(void) {
    int fd = open(path, O_RDWR);
    must(fd >= 0, "open");
    int64_t now = wall_ns();
    const struct {
        const char* name;
        int64_t ns;
    } values[] = {
        {"epoch", 0},
        {"epoch_and_a_bit", 1},
        {"year_1995", 800000000ll * SEC + 123456789},
        {"year_2020", 1600000000ll * SEC + 999999999},
        {"an_hour_ago", now - 3600 * SEC + 17},
        {"a_second_ago", now - SEC + 1},
        {"ten_ms_ago", now - 10 * MS},
        {"now", now},
        {"now_and_one", now + 1},
        {"now_and_seven", now + 7},
        {"in_a_second", now + SEC + 3},
        {"in_an_hour", now + 3600 * SEC + 333333333},
        {"in_a_day", now + 86400 * SEC + 777777777},
        {"in_a_year", now + 31557600 * SEC + 123456789},
        {"year_2037", 2120000000ll * SEC + 5},
        {"year_2100", 4102444800ll * SEC + 1},
    };
    for (size_t v = 0; v < LENGTH(values); v++) {
        int64_t value = values[v].ns;
        struct timespec times[2] = {timespec_of(value), timespec_of(value + 1)};
        for (int way = 0; way < 8; way++) {
            static const char* setters[] = {"utimensat", "futimens", "raw_utimensat", "utimes",
                                            "futimesat", "utime",    "raw_utimes",    "raw_utime"};
            struct timeval coarse[2] = {timeval_of(value), timeval_of(value)};
            struct utimbuf seconds = {value / SEC, value / SEC};
            int64_t expected_access = value, expected_modify = value + 1, grain = 1;
            int ret = -1;
            errno = 0;
            switch (way) {
                case 0:
                    ret = utimensat(AT_FDCWD, path, times, 0);
                    break;
                case 1:
                    ret = futimens(fd, times);
                    break;
                case 2:
                    ret = (int)syscall(SYS_utimensat, AT_FDCWD, path, times, 0);
                    break;
                case 3:
                    ret = utimes(path, coarse), grain = US;
                    break;
                case 4:
                    ret = (int)syscall(SYS_futimesat, AT_FDCWD, path, coarse), grain = US;
                    break;
                case 5:
                    ret = utime(path, &seconds), grain = SEC;
                    break;
                case 6:
                    ret = (int)syscall(SYS_utimes, path, coarse), grain = US;
                    break;
                default:
                    ret = (int)syscall(SYS_utime, path, &seconds), grain = SEC;
                    break;
            }
            int error = ret < 0 ? errno : 0;
            if (grain > 1) expected_access = expected_modify = rounded(value, grain);
            int64_t access = ask(way % (int)LENGTH(ways), fd, ACCESS), modify = ask(9 + way % 2, fd, MODIFY);
            snprintf(name, sizeof name, "set.%s.%s", setters[way], values[v].name);
            report(name, "ret=%d errno=%d atime_off=%lld mtime_off=%lld", ret, error,
                   (long long)(access - expected_access), (long long)(modify - expected_modify));
        }
    }
    close(fd);
}

static void special_values(void) {
    int fd = open(path, O_RDWR);
    struct timespec fixed[2] = {{1600000000, 123456789}, {1500000000, 987654321}};
    const struct {
        const char* name;
        struct timespec times[2];
        bool null;
    } cases[] = {
        {"now_now", {{0, UTIME_NOW}, {0, UTIME_NOW}}, false},
        {"omit_omit", {{0, UTIME_OMIT}, {0, UTIME_OMIT}}, false},
        {"now_omit", {{0, UTIME_NOW}, {0, UTIME_OMIT}}, false},
        {"omit_now", {{0, UTIME_OMIT}, {0, UTIME_NOW}}, false},
        {"set_now", {{1000000000, 5}, {0, UTIME_NOW}}, false},
        {"set_omit", {{1000000000, 5}, {0, UTIME_OMIT}}, false},
        {"now_set", {{77, UTIME_NOW}, {1000000000, 5}}, false},
        {"omit_set", {{-1, UTIME_OMIT}, {1000000000, 5}}, false},
        {"null", {{0, 0}, {0, 0}}, true},
        {"too_large", {{0, 1000000000}, {0, 0}}, false},
        {"negative", {{0, 0}, {0, -1}}, false},
        {"much_too_large", {{0, INT64_MAX}, {0, 0}}, false},
        {"before_1970", {{-1000, 5}, {-1, 999999999}}, false},
    };
    for (size_t c = 0; c < LENGTH(cases); c++) {
        must(utimensat(AT_FDCWD, path, fixed, 0) == 0, "utimensat");
        int64_t before = wall_ns();
        errno = 0;
        int ret = (int)syscall(SYS_utimensat, AT_FDCWD, path, cases[c].null ? NULL : cases[c].times, 0);
        int error = ret < 0 ? errno : 0;
        int64_t after = wall_ns();
        for (int which = ACCESS; which <= MODIFY; which++) {
            int64_t stamp = ask(0, fd, which);
            bool now = stamp >= before - 11 * MS && stamp <= after;
            snprintf(name, sizeof name, "special.%s.%s", cases[c].name, stamps[which]);
            report(name, "ret=%d errno=%d now=%d kept=%d value=%lld", ret, error, now, stamp == ns_of(fixed[which]),
                   now ? 0ll : (long long)stamp);
        }
        int64_t change = ask(0, fd, CHANGE);
        snprintf(name, sizeof name, "special.%s.ctime", cases[c].name);
        check(name, change <= wall_ns() && change >= before - 200 * MS, "%lld", (long long)(change - before));
    }
    int64_t before = wall_ns();
    must(utimes(path, NULL) == 0, "utimes");
    judge_fresh("special.utimes_null", before, ask(0, fd, MODIFY), wall_ns());
    before = wall_ns();
    must(utime(path, NULL) == 0, "utime");
    judge_fresh("special.utime_null", before, ask(0, fd, MODIFY), wall_ns());
    static const struct timeval wrong[] = {{0, 1000000}, {0, -1}, {-5, 0}};
    for (size_t w = 0; w < LENGTH(wrong); w++) {
        struct timeval times[2] = {wrong[w], {0, 0}};
        errno = 0;
        long ret = syscall(SYS_utimes, path, times);
        snprintf(name, sizeof name, "special.utimes.%zu", w);
        report(name, "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
    close(fd);
}

static void links_and_directories(void) {
    must(symlink(path, link_path) == 0 && mkdir("dir", 0755) == 0, "symlink");
    struct timespec times[2] = {timespec_of(wall_ns() + 5), timespec_of(wall_ns() + 3600 * SEC + 7)};
    must(utimensat(AT_FDCWD, link_path, times, AT_SYMLINK_NOFOLLOW) == 0, "utimensat of a link");
    struct stat buffer;
    lstat(link_path, &buffer);
    report("link.lstat", "off=%lld", (long long)(ns_of(buffer.st_mtim) - ns_of(times[1])));
    fstatat(AT_FDCWD, link_path, &buffer, AT_SYMLINK_NOFOLLOW);
    report("link.fstatat", "off=%lld", (long long)(ns_of(buffer.st_mtim) - ns_of(times[1])));
    stat(link_path, &buffer);
    report("link.stat_follows", "differs=%d", ns_of(buffer.st_mtim) != ns_of(times[1]));
    int dir = open("dir", O_DIRECTORY | O_RDONLY);
    must(utimensat(AT_FDCWD, "dir", times, 0) == 0, "utimensat of a directory");
    fstat(dir, &buffer);
    report("dir.fstat", "off=%lld", (long long)(ns_of(buffer.st_mtim) - ns_of(times[1])));
    int64_t before = wall_ns();
    close(openat(dir, "inside", O_CREAT | O_WRONLY, 0644));
    fstat(dir, &buffer);
    judge_fresh("dir.entry_made", before, ns_of(buffer.st_mtim), wall_ns());
    fstatat(dir, "inside", &buffer, 0);
    judge_fresh("dir.relative", before, ns_of(buffer.st_mtim), wall_ns());
    unlinkat(dir, "inside", 0);
    close(dir);
    rmdir("dir");
    unlink(link_path);
}

static void others(void) {
    // Older than the start: as it is. (stat of what the system installed is compared with native.)
    struct stat buffer;
    must(stat("/etc/passwd", &buffer) == 0, "stat");
    report("older", "mtime=%lld ctime=%lld", (long long)ns_of(buffer.st_mtim), (long long)ns_of(buffer.st_ctim));
    int64_t before = wall_ns();
    int pipe_ends[2];
    must(pipe(pipe_ends) == 0 && fstat(pipe_ends[0], &buffer) == 0, "pipe");
    judge_fresh("pipe", before, ns_of(buffer.st_mtim), wall_ns());
    static const char* missing = "missing";
    errno = 0;
    int ret = stat(missing, &buffer);
    report("missing.stat", "ret=%d errno=%d", ret, errno);
    errno = 0;
    ret = utimensat(AT_FDCWD, missing, NULL, 0);
    report("missing.utimensat", "ret=%d errno=%d", ret, errno);
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* bad[] = {NULL, (void*)8, sealed};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        static const struct {
            const char* name;
            int number;
        } calls[] = {{"stat", SYS_stat}, {"lstat", SYS_lstat}};
        for (size_t c = 0; c < LENGTH(calls); c++) {
            errno = 0;
            long got = syscall(calls[c].number, path, bad[i]);
            snprintf(name, sizeof name, "pointer.%s.%zu", calls[c].name, i);
            report(name, "ret=%ld errno=%d", got, errno);
            errno = 0;
            got = syscall(calls[c].number, bad[i], &buffer);
            snprintf(name, sizeof name, "pointer.%s.path.%zu", calls[c].name, i);
            report(name, "ret=%ld errno=%d", got, errno);
        }
        errno = 0;
        long got = syscall(SYS_fstat, pipe_ends[0], bad[i]);
        snprintf(name, sizeof name, "pointer.fstat.%zu", i);
        report(name, "ret=%ld errno=%d", got, errno);
        errno = 0;
        got = syscall(SYS_newfstatat, AT_FDCWD, path, bad[i], 0);
        snprintf(name, sizeof name, "pointer.newfstatat.%zu", i);
        report(name, "ret=%ld errno=%d", got, errno);
        errno = 0;
        got = syscall(SYS_statx, AT_FDCWD, path, 0, STATX_ALL, bad[i]);
        snprintf(name, sizeof name, "pointer.statx.%zu", i);
        report(name, "ret=%ld errno=%d", got, errno);
        errno = 0;
        got = syscall(SYS_utimensat, AT_FDCWD, path, i == 0 ? (void*)16 : bad[i], 0);
        snprintf(name, sizeof name, "pointer.utimensat.%zu", i);
        report(name, "ret=%ld errno=%d", got, got < 0 ? errno : 0);
    }
    errno = 0;
    long got = syscall(SYS_fstat, 999, &buffer);
    report("fstat.not_open", "ret=%ld errno=%d", got, errno);
    errno = 0;
    got = syscall(SYS_newfstatat, 999, "", &buffer, 0x1000);
    report("newfstatat.not_open", "ret=%ld errno=%d", got, errno);
    errno = 0;
    got = syscall(SYS_newfstatat, AT_FDCWD, path, &buffer, 0x40000000);
    report("newfstatat.flags", "ret=%ld errno=%d", got, errno);
    struct raw_statx extended;
    errno = 0;
    got = syscall(SYS_statx, AT_FDCWD, path, 0x40000000, STATX_ALL, &extended);
    report("statx.flags", "ret=%ld errno=%d", got, errno);
    // What statx was not asked for stays as the kernel leaves it.
    memset(&extended, 0, sizeof extended);
    got = syscall(SYS_statx, AT_FDCWD, path, 0, 0x200 /* size only */, &extended);
    report("statx.size_only", "ret=%ld size=%llu", got, (unsigned long long)extended.size);
}

int main(void) {
    char directory[200];
    make_directory(directory, sizeof directory);
    must(chdir(directory) == 0, "chdir");
    guest_begin();
    fresh();
    round_trips();
    special_values();
    links_and_directories();
    others();
    unlink(path);
    must(chdir("/") == 0 && rmdir(directory) == 0, "rmdir");
    return guest_end();
}
