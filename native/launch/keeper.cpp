#include "keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iterator>
#include <optional>
#include <system_error>

#include "capabilities.h"
#include "cgroups.h"
#include "descriptors.h"
#include "exit_codes.h"
#include "keeper_state.h"
#include "own_name.h"

namespace diecast::launch {

namespace {

using Deadline = std::optional<clock::Supervisor::Clock::time_point>;

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// Without /proc the tree cannot be found; then our end has to do (COMMAND dies with us, the rest with its guest).
void killTree() noexcept {
    try {
        killDescendants();
    } catch (const std::exception&) {
    }
}

}  // namespace

int Keeper::run(const Inherited& inherited) {
    try {
        start(inherited);
        loop();
    } catch (const std::exception& error) {
        outcome_.failure = Failure{exitOwnFailure, error.what()};
        killTree();
    }
    return finish();
}

void Keeper::start(const Inherited& inherited) {
    // A name of its own: `killall -9 diecast-launch` is to leave somebody who cleans up.
    nameProcess("diecast-keeper");
    // What the tree leaves behind becomes ours, not init's.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) raise("PR_SET_CHILD_SUBREAPER");
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    childEvents_.reset(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!childEvents_) raise("signalfd");
    if (!options_.native) parts_.emplace(prepareTree(options_));
    if (parts_) beginning_ = parts_->time.now();
    startCommand(inherited);
    std::optional<Hello> hello = receiveHello(line_);
    if (hello) supervise(std::move(*hello), inherited);
}

void Keeper::startCommand(const Inherited& inherited) {
    FirstProcess first = startFirstProcess(options_, inherited, place_, parts_ ? &parts_->time.page() : nullptr);
    command_ = first.pid;
    line_ = std::move(first.line);
    if (options_.join) nameProcessInGuest("diecast-keeper");
    // What is sent to the group is for COMMAND, and not for us; above all SIGKILL. A session, not only a group of our
    // own: were COMMAND's parent in its session, its group would never count as orphaned, and Ctrl-Z would stop for
    // good what nobody can continue. Only now, so that COMMAND is in the main process's group from its first moment.
    if (setsid() < 0) raise("setsid");
    const int clock = parts_ ? parts_->time.fd() : -1;
    const int stats = parts_ && parts_->stats ? parts_->stats->fd() : -1;
    const int bundle = parts_ ? parts_->injector.bundleFd() : -1;
    const int statsForGuests = parts_ ? parts_->injector.statsFd() : -1;
    const clock::Fd voidFd = place_.guest ? place_.guest->takeVoid() : clock::Fd();
    place_ = {};
    releaseInherited({toMain_.fd(), control_.fd(), line_.get(), childEvents_.get(), clock, stats, bundle,
                      statsForGuests, voidFd.get()});
    if (!voidFd) return;
    enterVoid(voidFd);
    dropHarmfulCapabilities();
}

void Keeper::supervise(Hello hello, const Inherited& inherited) {
    commandOnHost_ = hello.pidOnHost;
    (void)toMain_.send(Message::of(Message::Kind::Created, commandOnHost_));
    if (!hello.listener) return;
    const bool sameRoot = !options_.join;
    supervisor_.emplace(clock::Listener(std::move(hello.listener)), std::move(parts_->injector), parts_->time.page(),
                        command_, carriedBy(inherited), *this, sameRoot);
}

void Keeper::loop() {
    while (true) {
        reap();
        if (outcome_.waitStatus && options_.linger) reportEarly();
        if (outcome_.waitStatus && !options_.linger) ending_.begin();
        if (childless_) return;
        ending_.tick();
        if (supervisor_) supervisor_->tick();
        wait();
    }
}

int Keeper::timeoutMs() const {
    Deadline first = ending_.deadline();
    const Deadline exec = supervisor_ ? supervisor_->deadline() : Deadline();
    if (exec && (!first || *exec < *first)) first = exec;
    if (!first) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - clock::Supervisor::Clock::now());
    return std::max(0, static_cast<int>(left.count()));
}

void Keeper::wait() {
    // Of a tree that is being killed nothing is served: who waits for us does not fork.
    const int listener = supervisor_ && !ending_.killing() && !unfiltered_ ? supervisor_->fd() : -1;
    pollfd sources[] = {{childEvents_.get(), POLLIN, 0},
                        {listener, POLLIN, 0},
                        {toMain_.fd(), POLLIN, 0},
                        {control_.fd(), POLLIN, 0},
                        {line_.get(), POLLIN, 0}};
    if (poll(sources, std::size(sources), timeoutMs()) < 0 && errno != EINTR) raise("poll");
    signalfd_siginfo event;
    if (sources[0].revents != 0) (void)!read(childEvents_.get(), &event, sizeof event);  // reap() looks by itself
    if ((sources[1].revents & POLLIN) != 0) supervisor_->serve();
    // The last process under the filter has ended.
    if ((sources[1].revents & POLLIN) == 0 && (sources[1].revents & POLLHUP) != 0) unfiltered_ = true;
    if (sources[2].revents != 0) onMain();
    if (sources[3].revents != 0) onControl();
    if (sources[4].revents != 0) onReport();
}

// COMMAND has ended, and what it has left behind stays for the time being.
void Keeper::reportEarly() {
    if (reported_) return;
    reported_ = true;
    if (line_) onReport();
    if (options_.stats) outcome_.statistics = collectStatistics();
    tellLibrary(outcome_, control_);
}

int Keeper::finish() {
    if (line_) onReport();  // it may have arrived with the process's end
    if (!options_.join) removeCgroups(options_.cgroups);
    if (options_.stats && parts_ && !reported_) outcome_.statistics = collectStatistics();
    if (!reported_) tellLibrary(outcome_, control_);
    const int exitCode = tellMain(outcome_, control_.present(), toMain_);
    control_.finish();
    return exitCode;
}

Statistics Keeper::collectStatistics() const {
    Statistics statistics;
    const clock::Snapshot now = parts_->time.now();
    statistics.realNs = now.realNs - beginning_->realNs;
    statistics.virtualNs = now.virtualNs - beginning_->virtualNs;
    if (supervisor_) {
        statistics.processes = supervisor_->counts().processes;
        statistics.execs = supervisor_->counts().execs;
    }
    statistics.traps = trapsOf(parts_->stats->page());
    return statistics;
}

int runKeeper(const Options& options, const Inherited& inherited, Place place, Channel toMain) noexcept {
    return Keeper(options, std::move(place), toMain).run(inherited);
}

}  // namespace diecast::launch
