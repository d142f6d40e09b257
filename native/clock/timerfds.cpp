#include "timerfds.h"

#include <dirent.h>
#include <linux/kcmp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "fd.h"
#include "mapping.h"
#include "proc_files.h"

namespace diecast::clock {

namespace {

constexpr std::int64_t nsPerSecond = 1'000'000'000;
constexpr unsigned long setTicks = _IOW('T', 0, std::uint64_t);  // TFD_IOC_SET_TICKS, with CONFIG_CHECKPOINT_RESTORE

struct Timer {
    Fd fd;
    std::int64_t deadlineNs;  // real CLOCK_MONOTONIC, under the new mapping
    std::int64_t intervalNs;  // real, likewise
    std::uint64_t ticks;      // expirations nobody has read yet
};

std::int64_t toNs(const timespec& ts) {
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(std::int64_t{ts.tv_sec}, nsPerSecond, &ns)) return INT64_MAX;
    return dc_saturated_add(ns, ts.tv_nsec);
}
timespec toTimespec(std::int64_t ns) {
    return {ns / nsPerSecond, ns % nsPerSecond};
}

std::int64_t nowNs() {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return toNs(ts);
}

std::uint64_t unreadTicks(const Fd& timer) {
    const auto info = readProcFile("/proc/self/fdinfo/" + std::to_string(timer.get()));
    constexpr char key[] = "ticks:";
    const auto at = info ? info->find(key) : std::string::npos;
    return at == std::string::npos ? 0 : std::strtoull(info->c_str() + at + std::strlen(key), nullptr, 10);
}

std::vector<int> timerfdsOf(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/fd";
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
    std::vector<int> found;
    if (!directory) return found;
    while (const dirent* entry = readdir(directory.get())) {
        constexpr std::string_view wanted = "anon_inode:[timerfd]";
        std::array<char, 32> target;
        const ssize_t n = readlinkat(dirfd(directory.get()), entry->d_name, target.data(), target.size());
        if (n > 0 && std::string_view(target.data(), static_cast<std::size_t>(n)) == wanted)
            found.push_back(std::atoi(entry->d_name));
    }
    return found;
}

// A total order of open files: several of our descriptors can be of one. Where the kernel does not tell (no
// CONFIG_KCMP) all count as different: a timer moved twice is where it was moved once, give or take a microsecond,
// since all are read before any is set.
bool fileBefore(const Timer& a, const Timer& b) {
    const pid_t self = getpid();
    return syscall(SYS_kcmp, self, self, KCMP_FILE, a.fd.get(), b.fd.get()) == 1;
}
bool sameFile(const Timer& a, const Timer& b) {
    const pid_t self = getpid();
    return syscall(SYS_kcmp, self, self, KCMP_FILE, a.fd.get(), b.fd.get()) == 0;
}

// Nothing if it is not armed.
void addIfArmed(std::vector<Timer>& timers, Fd fd, const MappingChange& change) {
    itimerspec setting{};
    if (timerfd_gettime(fd.get(), &setting) != 0) return;
    const std::int64_t left = toNs(setting.it_value);
    if (left == 0) return;
    // Read after what is left: so the deadline is never taken for earlier than it is.
    const std::int64_t deadline = dc_deadline_at(&change.before, dc_saturated_add(nowNs(), left));
    const std::int64_t interval = toNs(setting.it_interval);
    const std::int64_t virtualInterval = std::max<std::int64_t>(1, dc_interval_to_virtual(&change.before, interval));
    const std::uint64_t ticks = unreadTicks(fd);
    Timer timer{std::move(fd), dc_real_at(&change.now, deadline),
                interval == 0 ? 0 : dc_interval_to_real(&change.now, virtualInterval), ticks};
    const auto place = std::ranges::lower_bound(timers, timer, fileBefore);
    if (place == timers.end() || !sameFile(*place, timer)) timers.insert(place, std::move(timer));
}

void set(const Timer& timer) {
    // Relative, so that the timer's own clock does not matter.
    const std::int64_t left = std::max<std::int64_t>(1, timer.deadlineNs - nowNs());
    const itimerspec setting{toTimespec(timer.intervalNs), toTimespec(left)};
    if (timerfd_settime(timer.fd.get(), 0, &setting, nullptr) != 0) return;
    // Setting it has made expirations unread so far unreadable.
    if (timer.ticks != 0) (void)ioctl(timer.fd.get(), setTicks, &timer.ticks);
}

}  // namespace

void moveTimerfds(const std::vector<pid_t>& processes, const MappingChange& change) {
    std::vector<Timer> timers;
    for (const pid_t pid : processes) {
        const std::vector<int> numbers = timerfdsOf(pid);
        if (numbers.empty()) continue;
        const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
        for (const int number : numbers) {
            Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
            if (copy) addIfArmed(timers, std::move(copy), change);
        }
    }
    for (const Timer& timer : timers) set(timer);
}

}  // namespace diecast::clock
