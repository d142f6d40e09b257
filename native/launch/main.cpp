// diecast-launch: runs a command, and everything it starts, in dilated time. See options.h for its command line.
//
// Three processes: this one, which its shell sees as the command (main_process.h); the keeper, which supervises the
// tree (keeper.h); and the one that becomes the command (command.h).
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include "cgroups.h"
#include "channel.h"
#include "descriptors.h"
#include "exit_codes.h"
#include "inherited.h"
#include "keeper.h"
#include "main_process.h"
#include "options.h"

namespace {

using namespace diecast::launch;

int launch(const Options& options) {
    if (options.clockFd) setCloseOnExec(*options.clockFd);
    if (options.controlFd) setCloseOnExec(*options.controlFd);
    reserveStandardDescriptors();
    const Inherited inherited = readInherited(options);
    takeSignalsOver();
    // Should the keeper die, its children become ours.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        throw std::system_error(errno, std::generic_category(), "PR_SET_CHILD_SUBREAPER");
    auto strangers = findStrangers();
    auto [toKeeper, toMain] = Channel::create();
    const pid_t keeper = fork();
    if (keeper < 0) throw std::system_error(errno, std::generic_category(), "cannot start the keeper (fork)");
    if (keeper == 0) {
        { const Channel closed = std::move(toKeeper); }
        _exit(runKeeper(options, inherited, std::move(toMain)));
    }
    { const Channel closed = std::move(toMain); }
    releaseInherited({toKeeper.fd()});
    const int exitCode =
        runMainProcess(std::move(toKeeper), keeper, std::move(strangers), options.controlFd.has_value());
    removeCgroups(options.cgroups);  // should the keeper have died
    return exitCode;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return launch(parseOptions(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast: %s\n", error.what());
        return exitOwnFailure;
    }
}
