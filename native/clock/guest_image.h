// The guest image (native/clock/guest, embedded in this library) and the kernel's vDSO, as ELF files in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace diecast::clock {

// Where things are in every guest process: absolute guest addresses.
struct GuestImage {
    const std::byte* data;
    std::size_t size;
    std::uint64_t onSignal;
    std::uint64_t restorer;
    std::uint64_t waitBegin;
    std::uint64_t waitEnd;
    std::uint64_t rearm;
    std::uint64_t gate;
};

// Parsed once. Throws std::logic_error if the embedded image is not what abi.h promises.
const GuestImage& guestImage();

// Entry points of the kernel's vDSO, as offsets from its base (AT_SYSINFO_EHDR); 0: this kernel has not got it. The
// same for every process of one kernel.
struct KernelVdso {
    std::uint64_t clockGettime;
    std::uint64_t gettimeofday;
    std::uint64_t getcpu;
    std::uint64_t getrandom;
};

const KernelVdso& kernelVdso();

}  // namespace diecast::clock
