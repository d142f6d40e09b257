// The seccomp filter of every process in dilated time, built from rules.def and refusals.def.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace diecast::clock {

struct FilterOptions {
    bool fileTimes = true;
    bool countProcesses = false;  // notify fork, vfork and clone of a process, for --stats
    // TDF 1 for good: relative waits need no conversion, and a baseline costs as little as it can. (A trap is 1 µs of
    // real time: at TDF 10 a tenth of a virtual one, so trapping them at TDF 1 alone would tell against the baseline.)
    bool alwaysRealRate = false;
};

// The program, ready for seccomp(SECCOMP_SET_MODE_FILTER). execve, execveat and PTRACE_TRACEME
// notify the supervisor.
std::vector<sock_filter> buildFilter(const FilterOptions& options);

}  // namespace diecast::clock
