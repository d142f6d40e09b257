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

// Tells the library, if there is one.
void tellLibrary(const Outcome& outcome, Control& control);

// Tells the main process, once nothing of the tree is left; without a `library` standard error gets the statistics.
// Returns the keeper's own exit code.
int tellMain(const Outcome& outcome, bool library, Channel& toMain);

}  // namespace diecast::launch
