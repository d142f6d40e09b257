#include "time_page.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "guest_image.h"
#include "mapping.h"

namespace diecast::clock {

namespace {

#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x10u;  // Linux 6.3
#endif

std::int64_t hostNs(clockid_t clock) {
    timespec ts{};
    if (clock_gettime(clock, &ts) != 0) throw std::system_error(errno, std::generic_category(), "clock_gettime");
    return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

std::int64_t hostTaiOffsetNs() {
    timex state{};
    return adjtimex(&state) >= 0 ? std::int64_t{state.tai} * 1'000'000'000 : 0;
}

int newMemory() {
    // Guests map the image executable: say so where the kernel wants it said, and leave the flag out where it is
    // unknown.
    int fd = memfd_create("diecast-time", MFD_CLOEXEC | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) fd = memfd_create("diecast-time", MFD_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot create the time page (memfd_create)");
    return fd;
}

dc_clock_page* map(int fd) {
    void* address = mmap(nullptr, DC_CLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, DC_BUNDLE_CLOCK);
    if (address == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map the time page");
    return static_cast<dc_clock_page*>(address);
}

void writeImage(int fd) {
    const GuestImage& image = guestImage();
    std::size_t done = 0;
    while (done < image.size) {
        const ssize_t n = pwrite(fd, image.data + done, image.size - done, static_cast<off_t>(DC_BUNDLE_CODE + done));
        if (n < 0) throw std::system_error(errno, std::generic_category(), "cannot write the guest image");
        done += static_cast<std::size_t>(n);
    }
}

}  // namespace

std::uint64_t rateOf(Ratio tdf) {
    if (tdf.num == 0 || tdf.den == 0 || tdf.num > UINT32_MAX || tdf.den > UINT32_MAX || tdf.num * 1000 < tdf.den ||
        tdf.num > tdf.den * 10000) {
        throw std::invalid_argument("a TDF lies between 1/1000 and 10000");
    }
    __extension__ using wide = unsigned __int128;
    const wide scaled = (static_cast<wide>(tdf.den) << DC_RATE_SHIFT) + tdf.num - 1;
    return static_cast<std::uint64_t>(scaled / tdf.num);
}

TimePage TimePage::create(const Start& start) {
    const std::uint64_t rate = rateOf(start.tdf);
    const int fd = newMemory();
    try {
        if (ftruncate(fd, static_cast<off_t>(DC_BUNDLE_CODE + DC_CODE_MAX)) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot size the time page");
        }
        writeImage(fd);
        TimePage created(fd, map(fd));
        dc_clock_page& page = *created.page_;
        page.real_wall_offset_ns = hostNs(CLOCK_REALTIME) - hostNs(CLOCK_MONOTONIC);
        page.boot_offset_ns = hostNs(CLOCK_BOOTTIME) - hostNs(CLOCK_MONOTONIC);
        page.tai_offset_ns = hostTaiOffsetNs();
        const std::int64_t now = hostNs(CLOCK_MONOTONIC);
        page.start_real_ns = now;
        page.start_virtual_ns = now;
        page.wall_offset_ns = start.wallNs ? *start.wallNs - now : page.real_wall_offset_ns;
        page.now = {now, now, start.frozen ? 0 : rate, rate};
        page.before = page.now;
        page.history[0] = page.now;
        page.history_count = 1;
        page.abi_version = DC_ABI_VERSION;
        page.magic = DC_CLOCK_MAGIC;
        return created;
    } catch (...) {
        close(fd);
        throw;
    }
}

TimePage TimePage::adopt(int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0) throw std::system_error(errno, std::generic_category(), "time page descriptor");
    if (facts.st_size < static_cast<off_t>(DC_BUNDLE_CODE))
        throw std::runtime_error("the descriptor given is no time page");
    TimePage adopted(fd, map(fd));
    const bool known = adopted.page_->magic == DC_CLOCK_MAGIC && adopted.page_->abi_version == DC_ABI_VERSION;
    if (!known) {
        adopted.fd_ = -1;  // not ours to close
        throw std::runtime_error("the descriptor given is no time page of this version");
    }
    return adopted;
}

TimePage::TimePage(TimePage&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), page_(std::exchange(other.page_, nullptr)) {}

TimePage::~TimePage() {
    if (page_ != nullptr) munmap(page_, DC_CLOCK_SIZE);
    if (fd_ >= 0) close(fd_);
}

int TimePage::openReadOnly() const {
    const std::string path = "/proc/self/fd/" + std::to_string(fd_);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw std::system_error(errno, std::generic_category(), "cannot reopen the time page (is /proc mounted?)");
    return fd;
}

Snapshot TimePage::now() const noexcept {
    // This object is the page's only writer, so no sequence check is needed.
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    const std::int64_t real = std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
    const std::int64_t virtualNs = dc_virtual_at(&page_->now, real);
    return {real, virtualNs, virtualNs + page_->wall_offset_ns, page_->generation, frozen()};
}

void TimePage::setRate(Ratio tdf) {
    const std::uint64_t rate = rateOf(tdf);
    change(frozen() ? 0 : rate, rate);
}

void TimePage::freeze() {
    if (!frozen()) change(0, page_->now.nominal_rate);
}

void TimePage::resume() {
    if (frozen()) change(page_->now.nominal_rate, page_->now.nominal_rate);
}

void TimePage::openGates(std::uint32_t number) noexcept {
    if (number <= page_->open_gates) return;
    __atomic_store_n(&page_->open_gates, number, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &page_->open_gates, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void TimePage::setRearming(bool on) noexcept {
    __atomic_store_n(&page_->rearming, on ? 1u : 0u, __ATOMIC_SEQ_CST);
    if (!on) syscall(SYS_futex, &page_->rearming, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void TimePage::change(std::uint64_t rate, std::uint64_t nominalRate) {
    dc_clock_page& page = *page_;
    const std::uint32_t sequence = page.sequence;
    __atomic_store_n(&page.sequence, sequence + 1, __ATOMIC_SEQ_CST);
    // Read the clock only now: a reader that still uses the old mapping has read it before, one that uses the new one
    // reads it after, so virtual time goes on without a step.
    const std::int64_t real = hostNs(CLOCK_MONOTONIC);
    page.before = page.now;
    page.now = {real, dc_virtual_at(&page.before, real), rate, nominalRate};
    if (page.history_count == DC_HISTORY) {
        std::copy(page.history + 2, page.history + DC_HISTORY, page.history + 1);
        page.history_count--;
    }
    page.history[page.history_count++] = page.now;
    __atomic_store_n(&page.generation, page.generation + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&page.sequence, sequence + 2, __ATOMIC_SEQ_CST);
    // Whoever waits for time to run at all: programs that have yet to begin.
    syscall(SYS_futex, &page.generation, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace diecast::clock
