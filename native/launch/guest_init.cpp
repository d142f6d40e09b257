#include "guest_init.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "channel.h"
#include "control.h"
#include "descriptors.h"
#include "exit_codes.h"
#include "guest_life.h"
#include "guest_root.h"
#include "inherited.h"
#include "mounting.h"
#include "own_name.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void takeNamespaces(const GuestOptions& options) {
    int others = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;
    if (options.network) {
        const clock::Fd network(open(options.network->c_str(), O_RDONLY | O_CLOEXEC));
        if (!network || setns(network.get(), CLONE_NEWNET) != 0) raise("cannot join the guest's network namespace");
    } else {
        others |= CLONE_NEWNET;
    }
    if (unshare(others) != 0) raise("cannot make the guest's namespaces (unshare)");
    // What the host unmounts must not stay in use because of us; what we do must not reach it.
    if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) raise("cannot make mounts private");
}

// In the init, before it has mounts of its own: the guest's /proc, where the outside will find it.
void prepareVoid(const std::string& directory) {
    ensureDirectory(directory + "/proc");
    bindAt(directory, directory);
    mountAt("proc", directory + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

[[noreturn]] void becomeInit(const GuestOptions& options, Control control, Channel toOutside) {
    try {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) raise("PR_SET_PDEATHSIG");
        nameProcessInGuest("diecast-guest");
        prepareVoid(options.stage + "/void");
        if (unshare(CLONE_NEWNS) != 0) raise("cannot make the guest's mount namespace (unshare)");
        buildGuestRoot(options);
        // The outside moves to the void, says that the guest is ready, and ends with us from then on.
        if (!toOutside.send(Message::of(Message::Kind::Created))) _exit(exitOwnFailure);
        releaseInherited({control.fd()});
        liveAsInit(control, options.disks);
    } catch (const std::exception& error) {
        control.failed(exitOwnFailure, error.what());
    }
    _exit(exitOwnFailure);
}

void moveToVoid(const std::string& directory) {
    leaveOldRoot(pivotTo(directory));
}

// Returns how the init ended. When DieCast has died the init hears of it and ends by itself: were we killed instead,
// its zombie would be left to the host's init, and some take their time.
int waitForInit(pid_t init) {
    int status = 0;
    while (waitpid(init, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : exitBySignal + WTERMSIG(status);
}

int runOutside(const GuestOptions& options, Control control, Channel toInit, pid_t init) {
    Message message;
    // It has either said so or ended.
    if (!toInit.waitFor(message)) return waitForInit(init);
    moveToVoid(options.stage + "/void");
    control.ready(init);
    toInit.close();
    control.close();
    return waitForInit(init);
}

}  // namespace

int runGuest(const GuestOptions& options) {
    setCloseOnExec(options.controlFd);
    Control control(options.controlFd);
    try {
        takeSignalsOver();
        nameProcess("diecast-outside");
        reserveStandardDescriptors();
        releaseInherited({control.fd()});
        takeNamespaces(options);
        auto [toInit, toOutside] = Channel::create();
        const pid_t init = fork();
        if (init < 0) raise("cannot start the guest's init (fork)");
        if (init == 0) {
            { const Channel closed = std::move(toInit); }
            becomeInit(options, std::move(control), std::move(toOutside));
        }
        { const Channel closed = std::move(toOutside); }
        return runOutside(options, std::move(control), std::move(toInit), init);
    } catch (const std::exception& error) {
        control.failed(exitOwnFailure, error.what());
        return exitOwnFailure;
    }
}

}  // namespace diecast::launch
