// The process that becomes COMMAND.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "clock/fd.h"
#include "inherited.h"
#include "options.h"

namespace diecast::launch {

// What it says on its line to the keeper when it could not become COMMAND.
struct CommandReport {
    int exitCode;  // 125, 126 or 127
    char text[1024];
};

// Signals that must not be blocked or ignored when the first program begins; the process state has the guest's view.
std::uint64_t keptSignals(const Options& options);

// Joins cgroups, restores what is inherited, installs the filter, sends its listener along `line` and execs.
// Never returns.
[[noreturn]] void becomeCommand(const Options& options, const Inherited& inherited, clock::Fd line);

// The keeper's end: waits for the listener. Empty if the process could not install the filter; a report is then in
// `line`.
clock::Fd receiveListener(const clock::Fd& line);

}  // namespace diecast::launch
