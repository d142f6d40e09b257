#include "socket_timers.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <system_error>
#include <vector>

#include "bpf/ebpf_program.h"
#include "bpf/kernel.h"

namespace diecast::tcp {

namespace {

constexpr std::int32_t levelTcp = 6;  // SOL_TCP

// The kernel's tick (1 s ÷ CONFIG_HZ) is what the coarse clocks go by. USER_HZ, which sysconf has, is always 100.
std::uint64_t tickNs() {
    timespec resolution{};
    if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) != 0)
        throw std::system_error(errno, std::generic_category(), "the kernel's tick");
    return static_cast<std::uint64_t>(resolution.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(resolution.tv_nsec);
}

std::int32_t ticks(std::uint64_t realNs) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    const std::uint64_t tick = tickNs();
    return static_cast<std::int32_t>(std::clamp<std::uint64_t>((realNs + tick / 2) / tick, 1, most));
}

// TCP_BPF_DELACK_MAX fails outside of the limits, and the socket would keep 200 ms.
std::int32_t delayedAckUs(std::uint64_t realNs) {
    constexpr std::uint64_t mostUs = 200'000;
    const std::uint64_t leastUs = (2 * tickNs() + 999) / 1000;
    return static_cast<std::int32_t>(std::clamp(realNs / 1000, leastUs, mostUs));
}

// What is called for each socket at several moments of its life, `op`.
std::vector<bpf_insn> programFor(const SocketTimers& timers) {
    using enum bpf::Register;
    constexpr auto op = static_cast<std::int16_t>(offsetof(bpf_sock_ops, op));
    constexpr auto reply = static_cast<std::int16_t>(offsetof(bpf_sock_ops, reply));
    constexpr std::int16_t local = -4;
    bpf::EbpfProgram program;
    const auto timeout = program.newLabel();
    const auto established = program.newLabel();
    const auto done = program.newLabel();

    program.copy(r6, r1);
    program.load(r2, r6, op);
    program.jumpIfEqual(r2, BPF_SOCK_OPS_TIMEOUT_INIT, timeout);
    if (timers.delayedAckRealNs) {
        program.jumpIfEqual(r2, BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB, established);
        program.jumpIfEqual(r2, BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB, established);
    }
    // What is not answered keeps the kernel's value, or that of a program further up.
    program.jump(done);

    program.place(timeout);
    program.set(r3, ticks(timers.initialTimeoutRealNs));
    program.store(r6, reply, r3);
    if (timers.delayedAckRealNs) {
        program.jump(done);
        program.place(established);
        program.set(r3, delayedAckUs(*timers.delayedAckRealNs));
        program.store(r10, local, r3);
        program.copy(r1, r6);
        program.set(r2, levelTcp);
        program.set(r3, TCP_BPF_DELACK_MAX);
        program.copy(r4, r10);
        program.add(r4, local);
        program.set(r5, sizeof(std::int32_t));
        program.call(BPF_FUNC_setsockopt);
    }
    program.place(done);
    program.set(r0, 1);  // go on
    program.exit();
    return program.finish();
}

}  // namespace

clock::Fd attachSocketTimers(const std::string& cgroup, const SocketTimers& timers) {
    const clock::Fd group(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!group) throw std::system_error(errno, std::generic_category(), cgroup);
    // It calls nothing that asks for a licence.
    const clock::Fd program = bpf::load("diecast_tcp", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, programFor(timers));
    bpf_attr attributes{};
    attributes.link_create.prog_fd = static_cast<std::uint32_t>(program.get());
    attributes.link_create.target_fd = static_cast<std::uint32_t>(group.get());
    attributes.link_create.attach_type = BPF_CGROUP_SOCK_OPS;
    clock::Fd link = bpf::call(BPF_LINK_CREATE, attributes);
    if (!link) throw std::system_error(errno, std::generic_category(), "bpf: cannot attach sock_ops to " + cgroup);
    return link;
}

}  // namespace diecast::tcp
