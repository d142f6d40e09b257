// The supervisor's end of a seccomp filter: notifications of system calls, and the answers to them.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fd.h"

namespace diecast::clock {

struct Notification {
    std::uint64_t id;
    pid_t tid;
    int nr;
    std::array<std::uint64_t, 6> arg;
};

// Puts the filter on the calling thread and everything it will become; returns the listener's descriptor
// (close-on-exec). The thread must have CAP_SYS_ADMIN or PR_SET_NO_NEW_PRIVS. Throws std::system_error.
Fd installFilter(std::span<const sock_filter> program);

// Owns the descriptor; one per tree. Every answer returns false when the caller is gone meanwhile, which is no error:
// a guest can be killed at any moment.
class Listener {
  public:
    explicit Listener(Fd fd);

    int fd() const noexcept { return fd_.get(); }

    // Waits for the next notification; nothing if its caller is gone already. Poll first.
    std::optional<Notification> receive();

    // Whether the caller still waits.
    bool valid(const Notification& call) const;

    // Lets the call happen.
    bool allow(const Notification& call);
    // Answers in the kernel's place.
    bool fail(const Notification& call, int error);
    bool answer(const Notification& call, std::int64_t value);

    // Answers with a descriptor of `fd` in the caller's own table: a new one, close-on-exec, or exactly `at`, replaced
    // and kept over exec. 0, or an errno (EMFILE: the table is full; ENOENT: the caller is gone).
    int give(const Notification& call, int fd, std::optional<int> at = {});

  private:
    int addDescriptor(const Notification& call, int fd, std::optional<int> at, std::uint32_t flags);
    bool respond(const Notification& call, std::int64_t value, int error, std::uint32_t flags);

    Fd fd_;
    std::vector<std::byte> request_;  // the kernel's structures may be longer than ours
    std::vector<std::byte> response_;
};

}  // namespace diecast::clock
