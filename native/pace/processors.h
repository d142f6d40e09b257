// The processors that this process may run on, one by one.
#pragma once

#include <vector>

namespace diecast::pace {

// By number, ascending. Throws SetupError.
std::vector<int> allowedProcessors();

// Has the calling thread run on that one alone; false if it may not.
bool pinTo(int processor) noexcept;

// Whether another processor is a thread of the same core, by what the kernel knows of it (a virtual machine may not be
// told); true also if it does not say.
bool sharesItsCore(int processor);

}  // namespace diecast::pace
