// The process state page (abi.h) of a program that is about to begin.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "abi.h"
#include "guest_memory.h"

namespace diecast::clock {

// What is the same in every process of a tree.
struct StateTemplate {
    bool fileTimes = true;
    bool stats = false;
    std::uint64_t cpuNum = 1;
    std::uint64_t cpuDen = 1;
    std::uint64_t tscKhz = 0;  // 0: rdtsc stays real
};

// What of a process outlives an exec on Linux and is kept in the process state: ignored signals stay ignored, blocked
// ones blocked, pending ones pending; armed interval timers stay armed, seccomp filters in force.
struct CarriedState {
    std::array<bool, DC_VSIGS> ignored{};
    std::uint32_t maskedBits = 0;
    std::uint32_t pending = 0;
    std::array<std::array<std::uint64_t, 16>, DC_VSIGS> pendingInfo{};
    std::uint32_t timersUsed = 0;
    std::uint32_t stampsTrapped = 0;
};

// Of a thread that is about to exec. Nothing if its process is not in dilated time yet.
std::optional<CarriedState> readCarriedState(pid_t tid);

// Of the first process of a tree, from the masks it was started with (bit n-1 for signal n).
CarriedState carriedFromMasks(std::uint64_t ignoredSignals, std::uint64_t blockedSignals);

// Fills the fresh state page of process `pid`, whose kernel vDSO lies at `vdso`. False if it cannot be written.
bool writeProcessState(pid_t pid, GuestAddress vdso, const StateTemplate& common, const CarriedState& carried);

}  // namespace diecast::clock
