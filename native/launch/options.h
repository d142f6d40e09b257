// diecast-launch's command line. Whoever starts it (src/cli, src/clock) has validated what the user wrote; it is
// checked again all the same, since a wrong number here would be a wrong clock there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clock/time_page.h"
#include "given.h"
#include "limits.h"

namespace diecast::launch {

struct Options {
    std::optional<clock::Ratio> tdf;      // or clockFd, which has it in the page
    std::optional<std::int64_t> startNs;  // virtual wall clock at the beginning
    clock::Ratio cpuScale;                // C_virtual = C_real × num ÷ den
    std::vector<std::string> cgroups;     // directories COMMAND joins; without --join they are removed at the end
    bool fileTimes = true;
    bool tsc = false;
    bool stats = false;
    std::optional<int> clockFd;
    std::optional<int> controlFd;
    // What COMMAND starts with, where it differs from what this process has; bit n-1 for signal n.
    std::optional<std::uint64_t> ignoredSignals;
    std::optional<std::uint64_t> blockedSignals;
    std::optional<std::uint64_t> openFiles;  // soft RLIMIT_NOFILE
    // Inside a guest (join.h): the host's pid of its init, and how COMMAND is there.
    std::optional<pid_t> join;
    std::optional<std::string> user;  // name or number, as the guest's /etc/passwd has it; root
    std::optional<std::string> workingDirectory;
    std::vector<Limit> limits;
    bool clearEnvironment = false;         // begin without what this process has inherited
    std::vector<std::string> environment;  // NAME=VALUE, over what there is
    bool native = false;                   // in real time: no clock, no filter
    // Wait before COMMAND's exec while the clock is frozen, and until this gate is open.
    std::optional<std::uint32_t> gate;
    bool linger = false;       // tell COMMAND's end at once; what it leaves behind lives until the control socket says
    bool realRate = false;     // the clock runs at the real rate for good, or stands still: see FilterOptions
    char** command = nullptr;  // null-terminated, at least one
};

// Throws UsageError.
Options parseOptions(int argc, char** argv);

}  // namespace diecast::launch
