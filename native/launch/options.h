// diecast-launch's command line. Whoever starts it (src/cli, src/clock) has validated what the user wrote; it is
// checked again all the same, since a wrong number here would be a wrong clock there.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "clock/time_page.h"

namespace diecast::launch {

struct Options {
    std::optional<clock::Ratio> tdf;      // or clockFd, which has it in the page
    std::optional<std::int64_t> startNs;  // virtual wall clock at the beginning
    clock::Ratio cpuScale;                // C_virtual = C_real × num ÷ den
    std::vector<std::string> cgroups;     // directories COMMAND joins
    bool fileTimes = true;
    bool tsc = false;
    bool stats = false;
    std::optional<int> clockFd;
    std::optional<int> controlFd;
    // What COMMAND starts with, where it differs from what this process has; bit n-1 for signal n.
    std::optional<std::uint64_t> ignoredSignals;
    std::optional<std::uint64_t> blockedSignals;
    std::optional<std::uint64_t> openFiles;  // soft RLIMIT_NOFILE
    char** command = nullptr;                // null-terminated, at least one
};

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws UsageError.
Options parseOptions(int argc, char** argv);

}  // namespace diecast::launch
