#include "listener.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace diecast::clock {

namespace {

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
constexpr unsigned long SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1UL << 5;  // Linux 5.19
#endif
constexpr unsigned long setFlags = SECCOMP_IOW(4, std::uint64_t);  // SECCOMP_IOCTL_NOTIF_SET_FLAGS, Linux 6.6
constexpr std::uint64_t syncWakeUp = 1;                            // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Fd installFilter(std::span<const sock_filter> program) {
    const sock_fprog filter{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // Once the supervisor has seen a call, no signal but SIGKILL interrupts it: otherwise a handler without SA_RESTART
    // would make execve fail with EINTR, which Linux never does. Older kernels do without.
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
    if (fd < 0 && errno == EINVAL) fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
    if (fd < 0) raise("cannot install the seccomp filter");
    return Fd(static_cast<int>(fd));
}

Listener::Listener(Fd fd) : fd_(std::move(fd)) {
    seccomp_notif_sizes sizes{};
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) raise("seccomp notifications");
    request_.resize(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)));
    response_.resize(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
    // Caller and supervisor never run at the same time, so each is best woken on the processor the other leaves. It is
    // only a hint: a kernel that does not know it says EINVAL.
    (void)ioctl(fd_.get(), setFlags, syncWakeUp);
}

std::optional<Notification> Listener::receive() {
    std::ranges::fill(request_, std::byte{0});  // the kernel insists
    if (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, request_.data()) != 0) {
        if (errno == ENOENT || errno == EINTR) return std::nullopt;
        raise("cannot receive a seccomp notification");
    }
    seccomp_notif raw{};
    std::memcpy(&raw, request_.data(), sizeof raw);
    Notification call{raw.id, static_cast<pid_t>(raw.pid), raw.data.nr, {}};
    std::ranges::copy(raw.data.args, call.arg.begin());
    return call;
}

bool Listener::respond(const Notification& call, std::int64_t value, int error, std::uint32_t flags) {
    std::ranges::fill(response_, std::byte{0});
    const seccomp_notif_resp raw{call.id, value, error, flags};
    std::memcpy(response_.data(), &raw, sizeof raw);
    if (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, response_.data()) == 0) return true;
    if (errno == ENOENT) return false;
    raise("cannot answer a seccomp notification");
}

bool Listener::valid(const Notification& call) const {
    return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0;
}

bool Listener::allow(const Notification& call) {
    return respond(call, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}
bool Listener::fail(const Notification& call, int error) {
    return respond(call, 0, -error, 0);
}
bool Listener::answer(const Notification& call, std::int64_t value) {
    return respond(call, value, 0, 0);
}

// The descriptor's number in the caller's table, or -1 with errno.
int Listener::addDescriptor(const Notification& call, int fd, std::optional<int> at, std::uint32_t flags) {
    seccomp_notif_addfd request{};
    request.id = call.id;
    request.flags = flags | (at ? SECCOMP_ADDFD_FLAG_SETFD : 0u);
    request.srcfd = static_cast<std::uint32_t>(fd);
    request.newfd = static_cast<std::uint32_t>(at.value_or(0));
    request.newfd_flags = at ? 0 : O_CLOEXEC;
    return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &request);
}

int Listener::give(const Notification& call, int fd, std::optional<int> at) {
    if (addDescriptor(call, fd, at, SECCOMP_ADDFD_FLAG_SEND) >= 0) return 0;
    if (errno != EINVAL) return errno;
    // Before Linux 5.14 it takes two steps.
    const int number = addDescriptor(call, fd, at, 0);
    if (number < 0) return errno;
    return answer(call, number) ? 0 : ENOENT;
}

}  // namespace diecast::clock
