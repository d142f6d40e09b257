// Timers of TCP that are neither settings of a network namespace nor options of a socket: a BPF program (sock_ops) is
// asked for them, or may set them, for every socket that was made in a cgroup (version 2) or below it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "clock/fd.h"

namespace diecast::tcp {

struct SocketTimers {
    // After which a SYN is sent again, and a SYN-ACK. The kernel takes 120 s at most (TCP_RTO_MAX).
    std::uint64_t initialTimeoutRealNs;
    // The longest that an acknowledgement waits. The kernel takes two ticks to 200 ms, no more (TCP_DELACK_MAX).
    std::optional<std::uint64_t> delayedAckRealNs;
};

// Attaches the program to a group. It stays until the descriptor is closed, so until its holder's end. Throws
// std::system_error that says what the kernel refused.
clock::Fd attachSocketTimers(const std::string& cgroup, const SocketTimers& timers);

}  // namespace diecast::tcp
