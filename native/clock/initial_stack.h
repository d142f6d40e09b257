// The stack of a program that has just been loaded: argc, argv, environment, auxiliary vector.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "guest_memory.h"

namespace diecast::clock {

struct AuxiliaryEntries {
    GuestAddress vdsoValue{};             // where the value of AT_SYSINFO_EHDR lies; 0: there is no such entry
    GuestAddress vdso{};                  // that value: the kernel's vDSO
    GuestAddress signalStackValue{};      // where the value of AT_MINSIGSTKSZ lies; 0: there is none (before 5.14)
    std::uint64_t signalStack = 0;        // that value: bytes that the kernel needs to deliver a signal
    std::uint64_t programHeaderSize = 0;  // AT_PHENT: 56 in a 64-bit program
};

// Reads the auxiliary vector above `stackPointer`. Nothing if the memory cannot be read or is not laid out as a
// 64-bit program's.
std::optional<AuxiliaryEntries> readAuxiliaryEntries(pid_t pid, GuestAddress stackPointer);

}  // namespace diecast::clock
