// Names of the system calls in rules.def.
#pragma once

namespace diecast::clock {

// The name of a trapped system call; null for any other number.
const char* syscallName(int number) noexcept;

}  // namespace diecast::clock
