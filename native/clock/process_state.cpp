#include "process_state.h"

#include <csignal>
#include <cstddef>

#include "guest_image.h"

namespace diecast::clock {

namespace {

constexpr std::uint64_t ignoreHandler = 1;  // SIG_IGN
constexpr std::array<int, DC_VSIGS> vsigNumbers{SIGSYS, SIGSEGV};
// The tables of timers and of masked threads are long, and nearly always empty: they are left out.
constexpr std::size_t headSize = offsetof(dc_state, timer_id);

std::uint64_t bitOf(int signal) {
    return std::uint64_t{1} << (signal - 1);
}

GuestAddress maskedEntry(std::uint32_t slot) {
    return GuestAddress{DC_STATE_ADDR} + offsetof(dc_state, masked) + std::uint64_t{slot} * sizeof(std::uint32_t);
}

// The vsigs that thread `tid` believes it blocks.
std::uint32_t readMaskedBits(pid_t tid) {
    constexpr std::uint32_t longestSearch = 64;  // as in guest/signals.c
    const auto id = static_cast<std::uint32_t>(tid);
    for (std::uint32_t probe = 0; probe < longestSearch; probe++) {
        std::uint32_t entry = 0;
        const std::uint32_t slot = (dc_masked_slot(id) + probe) % DC_MASKED_THREADS;
        if (!readGuestObject(tid, maskedEntry(slot), entry) || entry == 0) return 0;
        if (entry >> 2 == id) return entry & 3;
    }
    return 0;
}

bool knownState(const dc_state& state) {
    return state.magic == DC_CLOCK_MAGIC && state.abi_version == DC_ABI_VERSION;
}

}  // namespace

std::optional<CarriedState> readCarriedState(pid_t tid) {
    dc_state old;
    if (!readGuest(tid, GuestAddress{DC_STATE_ADDR}, std::as_writable_bytes(std::span(&old, 1)).first(headSize)))
        return std::nullopt;
    if (!knownState(old)) return std::nullopt;
    CarriedState carried;
    for (std::size_t vsig = 0; vsig < DC_VSIGS; vsig++) {
        carried.ignored[vsig] = old.action[vsig].handler == ignoreHandler;
        std::copy(std::begin(old.pending_info[vsig]), std::end(old.pending_info[vsig]),
                  carried.pendingInfo[vsig].begin());
    }
    carried.pending = old.pending;
    carried.timersUsed = old.timers_used;
    carried.stampsTrapped = old.stamps_trapped;
    if (old.masked_used != 0) carried.maskedBits = readMaskedBits(tid);
    return carried;
}

CarriedState carriedFromMasks(std::uint64_t ignoredSignals, std::uint64_t blockedSignals) {
    CarriedState carried;
    for (std::size_t vsig = 0; vsig < DC_VSIGS; vsig++) {
        carried.ignored[vsig] = (ignoredSignals & bitOf(vsigNumbers[vsig])) != 0;
        if ((blockedSignals & bitOf(vsigNumbers[vsig])) != 0) carried.maskedBits |= 1u << vsig;
    }
    return carried;
}

bool writeProcessState(pid_t pid, GuestAddress vdso, const StateTemplate& common, const CarriedState& carried) {
    const KernelVdso& kernel = kernelVdso();
    const auto entry = [vdso](std::uint64_t offset) { return offset != 0 ? raw(vdso) + offset : 0; };
    dc_state state{};
    state.magic = DC_CLOCK_MAGIC;
    state.abi_version = DC_ABI_VERSION;
    state.flags = (common.fileTimes ? DC_FLAG_FILE_TIMES : 0) | (common.stats ? DC_FLAG_STATS : 0) |
                  (common.tscKhz != 0 ? DC_FLAG_TSC : 0);
    state.vdso_getcpu = entry(kernel.getcpu);
    state.vdso_getrandom = entry(kernel.getrandom);
    // The kernel's vDSO reads clocks by rdtsc: where that faults, and returns virtual time, they take a system call.
    const bool tscIsReal = common.tscKhz == 0;
    state.vdso_clock_gettime = tscIsReal ? entry(kernel.clockGettime) : 0;
    state.vdso_gettimeofday = tscIsReal ? entry(kernel.gettimeofday) : 0;
    state.cpu_num = common.cpuNum;
    state.cpu_den = common.cpuDen;
    state.tsc_khz = common.tscKhz;
    for (std::size_t vsig = 0; vsig < DC_VSIGS; vsig++) {
        if (carried.ignored[vsig]) state.action[vsig].handler = ignoreHandler;
        std::copy(carried.pendingInfo[vsig].begin(), carried.pendingInfo[vsig].end(),
                  std::begin(state.pending_info[vsig]));
    }
    state.pending = carried.pending;
    state.masked_used = carried.maskedBits != 0 ? 1 : 0;
    state.timers_used = carried.timersUsed;
    state.stamps_trapped = carried.stampsTrapped;
    if (!writeGuest(pid, GuestAddress{DC_STATE_ADDR}, std::as_bytes(std::span(&state, 1)).first(headSize)))
        return false;
    if (carried.maskedBits == 0) return true;
    const auto id = static_cast<std::uint32_t>(pid);
    return writeGuestObject(pid, maskedEntry(dc_masked_slot(id)), id << 2 | carried.maskedBits);
}

}  // namespace diecast::clock
