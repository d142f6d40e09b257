// The process that becomes COMMAND.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "clock/abi.h"
#include "clock/fd.h"
#include "inherited.h"
#include "options.h"
#include "place.h"

namespace diecast::launch {

// What it says on its line to the keeper, after its Hello.
struct CommandReport {
    enum class Kind {
        Waiting,  // at the gate
        Failed,   // it could not become COMMAND
    } kind;
    int exitCode;  // 125, 126 or 127
    char text[1024];
};

// Signals that must not be blocked or ignored when the first program begins; the process state has the guest's view.
std::uint64_t keptSignals(const Options& options);

// Enters cgroups and guest, restores what is inherited, installs the filter, says Hello along `line` and execs. `page`
// is the clock's, null without one. Never returns.
[[noreturn]] void becomeCommand(const Options& options, const Inherited& inherited, const Place& place,
                                const dc_clock_page* page, clock::Fd line);

// It is about to exec.
struct Hello {
    pid_t pidOnHost;
    clock::Fd listener;  // of its filter; empty with --native
};

// The keeper's end: waits for it. Nothing if the process could not get that far; a report is then in `line`.
std::optional<Hello> receiveHello(const clock::Fd& line);

}  // namespace diecast::launch
