// What COMMAND is to inherit from whoever started us, as if we were not there: signal dispositions and mask, resource
// limit.
#pragma once

#include <cstdint>
#include <optional>

#include "options.h"

namespace diecast::launch {

struct Inherited {
    std::uint64_t ignoredSignals = 0;  // bit n-1 for signal n
    std::uint64_t blockedSignals = 0;
    std::optional<std::uint64_t> openFiles;
};

// What this process has inherited itself, but for what the options say.
Inherited readInherited(const Options& options);

// In the process that will become COMMAND. Signals in `keepUnblocked` stay unblocked and at their default action.
// Throws std::system_error.
void restoreInherited(const Inherited& inherited, std::uint64_t keepUnblocked);

// Blocks every signal, and lets children be waited for whatever the starter did with SIGCHLD.
void takeSignalsOver();

constexpr std::uint64_t signalBit(int signal) {
    return std::uint64_t{1} << (signal - 1);
}
constexpr int lastSignal = 64;

}  // namespace diecast::launch
