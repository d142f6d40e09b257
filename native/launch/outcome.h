// How a tree ended, and telling everybody who is to know.
#pragma once

#include <optional>
#include <string>

#include "channel.h"
#include "control.h"
#include "statistics.h"

namespace diecast::launch {

struct Failure {
    int exitCode;
    std::string text;
};

struct Outcome {
    std::optional<Failure> failure;  // why there was no COMMAND, or no tree any more
    std::optional<int> waitStatus;   // of COMMAND
    std::optional<Statistics> statistics;
};

// Tells the library, the main process, and on standard error the statistics if there is no library. Returns the
// keeper's own exit code.
int report(const Outcome& outcome, Control& control, Channel& toMain);

}  // namespace diecast::launch
