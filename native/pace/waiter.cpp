#include "pace/waiter.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "pace/clock_reader.h"
#include "pace/setup_error.h"

namespace diecast::pace {

namespace {

using std::chrono::microseconds;

constexpr Duration leastWaking = microseconds(3);
constexpr Duration mostWaking = microseconds(100);
constexpr int allowedShare = 5;  // one in so many
constexpr Duration mostAllowance = microseconds(2000);

}  // namespace

Waiter::Waiter()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      waking_(microseconds(30)),
      allowance_(mostAllowance),
      allowedSince_(realNow()) {
    if (!epoll_ || !timer_) throw SetupError::system(errno, "cannot wait for packets (epoll, timerfd)");
    // Edge-triggered: an expired timer need not be read, setting it again is enough.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u32 = timerToken;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0) throw SetupError::system(errno, "epoll_ctl");
}

void Waiter::add(int fd, std::uint32_t token) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = token;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw SetupError::system(errno, "epoll_ctl");
}

void Waiter::remove(int fd) noexcept {
    (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const std::uint32_t> Waiter::wait(std::optional<RealTime> deadline) {
    if (!deadline) {
        arm(std::nullopt);
        return collect(-1);
    }
    RealTime now = realNow();
    const Duration earned = (now - allowedSince_) / allowedShare;
    allowance_ = std::min(allowance_ + earned, mostAllowance);
    allowedSince_ = now;
    const bool mayWatch = allowance_ > waking_;
    const RealTime wake = mayWatch ? *deadline - waking_ : *deadline;
    if (wake > now) {
        arm(wake);
        const auto ready = collect(-1);
        if (!ready.empty()) return ready;
        now = realNow();
        learn(now - wake);
    }
    if (now >= *deadline || !mayWatch) return collect(0);
    const auto ready = watch(*deadline);
    allowance_ -= realNow() - now;
    return ready;
}

std::span<const std::uint32_t> Waiter::watch(RealTime deadline) noexcept {
    while (true) {
        const auto ready = collect(0);
        if (!ready.empty() || realNow() >= deadline) return ready;
    }
}

std::span<const std::uint32_t> Waiter::collect(int timeoutMs) noexcept {
    const int n = epoll_wait(epoll_.get(), events_.data(), most, timeoutMs);
    std::size_t count = 0;
    for (int i = 0; i < n; i++) {
        const std::uint32_t token = events_[static_cast<std::size_t>(i)].data.u32;
        if (token == timerToken) {
            armed_.reset();
        } else {
            tokens_[count++] = token;
        }
    }
    return {tokens_.data(), count};
}

void Waiter::arm(std::optional<RealTime> wake) noexcept {
    if (wake == armed_) return;
    armed_ = wake;
    itimerspec setting{};  // zero: off
    if (wake) {
        // Zero would turn it off.
        const auto ns = std::max<std::int64_t>(wake->time_since_epoch().count(), 1);
        setting.it_value = {ns / 1'000'000'000, ns % 1'000'000'000};
    }
    (void)timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

// Follows the slow wakings quickly and the quick ones slowly: about the ninth of ten.
void Waiter::learn(Duration late) noexcept {
    if (late > waking_) {
        waking_ += (late - waking_) / 4;
    } else {
        waking_ -= (waking_ - late) / 32;
    }
    waking_ = std::clamp(waking_, leastWaking, mostWaking);
}

}  // namespace diecast::pace
