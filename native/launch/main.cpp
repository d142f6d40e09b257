// diecast-launch: runs a command, and everything it starts, in dilated time. See options.h for its command line.
//
// Three processes: this one, which its shell sees as the command (main_process.h); the keeper, which supervises the
// tree (keeper.h); and the one that becomes the command (command.h). With --join the tree is inside a guest (join.h).
//
// diecast-launch --guest makes such a guest: see guest_options.h.
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "cgroups.h"
#include "channel.h"
#include "control.h"
#include "descriptors.h"
#include "exit_codes.h"
#include "guest_init.h"
#include "guest_options.h"
#include "inherited.h"
#include "keeper.h"
#include "main_process.h"
#include "options.h"
#include "own_name.h"
#include "pace/slice.h"
#include "place.h"

namespace {

using namespace diecast::launch;

// Forks the keeper: for a guest, into its PID namespace.
pid_t forkKeeper(const Place& place) {
    std::optional<Guest::Children> children;
    if (place.guest) children.emplace(*place.guest);
    const pid_t keeper = fork();
    if (keeper < 0) throw std::system_error(errno, std::generic_category(), "cannot start the keeper (fork)");
    return keeper;
}

int launch(const Options& options) {
    if (options.clockFd) setCloseOnExec(*options.clockFd);
    if (options.controlFd) setCloseOnExec(*options.controlFd);
    if (options.join) diecast::pace::takeShortSlice();
    reserveStandardDescriptors();
    const Inherited inherited = readInherited(options);
    takeSignalsOver();
    // Should the keeper die, its children become ours.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_CHILD_SUBREAPER");
    auto strangers = findStrangers();
    auto [toKeeper, toMain] = Channel::create();
    Place place = openPlace(options);
    const pid_t keeper = forkKeeper(place);
    if (keeper == 0) {
        { const Channel closed = std::move(toKeeper); }
        _exit(runKeeper(options, inherited, std::move(place), std::move(toMain)));
    }
    { const Channel closed = std::move(toMain); }
    place = {};
    releaseInherited({toKeeper.fd()});
    const int exitCode = runMainProcess(std::move(toKeeper), keeper, std::move(strangers),
                                        {options.controlFd.has_value(), options.join.has_value()});
    if (!options.join) removeCgroups(options.cgroups);  // should the keeper have died
    return exitCode;
}

// With a library the control socket is told, and standard error is somebody else's.
int launchOrTell(const Options& options) {
    try {
        return launch(options);
    } catch (const std::exception& error) {
        if (!options.join || !options.controlFd) throw;
        Control(options.controlFd).failed(exitOwnFailure, error.what());
        return exitOwnFailure;
    }
}

bool isGuest(int argc, char** argv) {
    return argc > 1 && std::string_view(argv[1]) == "--guest";
}

}  // namespace

int main(int argc, char** argv) {
    rememberArguments(argc, argv);
    try {
        if (isGuest(argc, argv)) return runGuest(parseGuestOptions(argc, argv));
        return launchOrTell(parseOptions(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast: %s\n", error.what());
        return exitOwnFailure;
    }
}
