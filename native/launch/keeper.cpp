#include "keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <system_error>

#include "cgroups.h"
#include "command.h"
#include "control.h"
#include "descriptors.h"
#include "ending.h"
#include "exit_codes.h"
#include "outcome.h"
#include "statistics.h"
#include "tree_start.h"

namespace diecast::launch {

namespace {

using Deadline = std::optional<clock::Supervisor::Clock::time_point>;

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Keeper final : public clock::SupervisorEvents {
  public:
    Keeper(const Options& options, Channel& toMain) : options_(options), toMain_(toMain), control_(options.controlFd) {}
    int run(const Inherited& inherited);

  private:
    // SupervisorEvents
    void warn(const std::string& line) override;
    void commandRefused(const std::string& line) override;
    void commandStarted() override { control_.started(command_); }
    void kicked(std::uint64_t id) override { control_.kicked(id); }

    void start(const Inherited& inherited);
    void loop();
    void wait();
    int timeoutMs() const;
    void onMain();
    void onControl();
    void onReport();
    void reap();
    pid_t nextStatus(pid_t which, int options);
    void onStatus(pid_t pid, int status, bool jobControl);
    void onCommandStatus(int status);
    void sendToCommand(const siginfo_t& signal);
    int finish();
    Statistics collectStatistics() const;

    const Options& options_;
    Channel& toMain_;
    Control control_;
    std::optional<TreeParts> parts_;
    std::optional<clock::Snapshot> beginning_;
    std::optional<clock::Supervisor> supervisor_;
    clock::Fd line_;
    clock::Fd childEvents_;
    Ending ending_;
    pid_t main_ = getppid();
    pid_t command_ = 0;
    Outcome outcome_;
    bool unfiltered_ = false;  // no process under the filter is left
    bool childless_ = false;
};

// ---- Life ----

int Keeper::run(const Inherited& inherited) {
    try {
        start(inherited);
        loop();
    } catch (const std::exception& error) {
        outcome_.failure = Failure{exitOwnFailure, error.what()};
        killDescendants();
    }
    return finish();
}

void Keeper::start(const Inherited& inherited) {
    // A name of its own: `killall -9 diecast-launch` is to leave somebody who cleans up.
    (void)prctl(PR_SET_NAME, "diecast-keeper");
    // What the tree leaves behind becomes ours, not init's.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) raise("PR_SET_CHILD_SUBREAPER");
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    childEvents_.reset(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!childEvents_) raise("signalfd");
    parts_.emplace(prepareTree(options_));
    beginning_ = parts_->time.now();

    FirstProcess first = startFirstProcess(options_, inherited);
    command_ = first.pid;
    line_ = std::move(first.line);
    (void)toMain_.send(Message::of(Message::Kind::Created, command_));
    // What is sent to the group is for COMMAND, and not for us; above all SIGKILL. A session, not only a group of our
    // own: were COMMAND's parent in its session, its group would never count as orphaned, and Ctrl-Z would stop for
    // good what nobody can continue. Only now, so that COMMAND is in the main process's group from its first moment.
    if (setsid() < 0) raise("setsid");
    const int stats = parts_->stats ? parts_->stats->fd() : -1;
    releaseInherited({toMain_.fd(), control_.fd(), line_.get(), childEvents_.get(), parts_->time.fd(), stats,
                      parts_->injector.bundleFd(), parts_->injector.statsFd()});
    clock::Fd listener = receiveListener(line_);
    if (listener) {
        supervisor_.emplace(clock::Listener(std::move(listener)), std::move(parts_->injector), parts_->time.page(),
                            command_, carriedBy(inherited), *this);
    }
}

void Keeper::loop() {
    while (true) {
        reap();
        if (outcome_.waitStatus) ending_.begin();
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

int Keeper::finish() {
    if (line_) onReport();  // it may have arrived with the process's end
    removeCgroups(options_.cgroups);
    if (options_.stats && parts_) outcome_.statistics = collectStatistics();
    const int exitCode = report(outcome_, control_, toMain_);
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

// ---- Who talks to us ----

void Keeper::warn(const std::string& line) {
    control_.warning(line);
    if (!control_.present()) std::fprintf(stderr, "diecast: %s\n", line.c_str());
}

void Keeper::commandRefused(const std::string& line) {
    if (!outcome_.failure) outcome_.failure = Failure{exitOwnFailure, line};
    ending_.kill();
}

void Keeper::onMain() {
    Message message;
    switch (toMain_.receive(message)) {
        case Channel::Received::Message:
            if (message.kind == Message::Kind::Signal) sendToCommand(message.info);
            return;
        case Channel::Received::Nothing:
            return;
        case Channel::Received::End:
            ending_.kill();
            toMain_.close();
            return;
    }
}

void Keeper::onControl() {
    const auto kicks = control_.receive();
    if (!kicks) {
        ending_.kill();  // the library's process has gone, and with it its guests
        return;
    }
    for (const std::uint64_t id : *kicks) {
        if (supervisor_) {
            supervisor_->kick(id);
        } else {
            control_.kicked(id);
        }
    }
}

void Keeper::onReport() {
    CommandReport report{};
    const ssize_t n = recv(line_.get(), &report, sizeof report, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n == static_cast<ssize_t>(sizeof report) && !outcome_.failure)
        outcome_.failure = Failure{report.exitCode, report.text};
    line_.reset();
}

// A signal that somebody sent to the main process, with its value if it came with one. The rest of its siginfo the
// kernel lets nobody forge.
void Keeper::sendToCommand(const siginfo_t& signal) {
    reap();
    if (outcome_.waitStatus) return;
    if (signal.si_code == SI_QUEUE) {
        siginfo_t info = signal;
        if (syscall(SYS_rt_sigqueueinfo, command_, signal.si_signo, &info) == 0) return;
    }
    (void)kill(command_, signal.si_signo);
}

// ---- Processes ----

void Keeper::reap() {
    while (const pid_t pid = nextStatus(-1, 0)) {
        if (pid < 0) return;
    }
    // Whether it stops and goes on is asked of COMMAND alone: a process has one such state, and what we take as its
    // tracer its own parent no longer sees (kernel/exit.c, wait_consider_task).
    while (!outcome_.waitStatus && nextStatus(command_, WUNTRACED | WCONTINUED) > 0) continue;
}

// Handles one change of state. As waitpid: its process, 0 if there is none, -1 if there is no such process.
pid_t Keeper::nextStatus(pid_t which, int options) {
    int status = 0;
    const pid_t pid = waitpid(which, &status, WNOHANG | __WALL | options);
    // Without WUNTRACED only the stops of threads attached to are reported.
    if (pid > 0) onStatus(pid, status, (options & WUNTRACED) != 0);
    if (pid < 0 && errno != ECHILD) raise("waitpid");
    if (pid < 0 && which < 0) childless_ = true;
    return pid;
}

void Keeper::onStatus(pid_t pid, int status, bool jobControl) {
    const bool inTraceStop = WIFSTOPPED(status) && !(jobControl && !(supervisor_ && supervisor_->holds(pid)));
    if (inTraceStop && supervisor_) {
        constexpr int execStop = SIGTRAP | PTRACE_EVENT_EXEC << 8;
        const bool forSignal = status >> 16 == 0;
        if (status >> 8 == execStop) {
            supervisor_->onExecStop(pid);
        } else {
            supervisor_->onOtherStop(pid, forSignal ? WSTOPSIG(status) : 0);
        }
        return;
    }
    if (supervisor_ && (WIFEXITED(status) || WIFSIGNALED(status))) supervisor_->forget(pid);
    if (pid == command_) onCommandStatus(status);
}

void Keeper::onCommandStatus(int status) {
    if (WIFSTOPPED(status)) {
        if (toMain_.fd() < 0) return;
        // SIGSTOP cannot be held back by the main process, so that one comes from us.
        if (WSTOPSIG(status) == SIGSTOP) {
            (void)kill(main_, SIGSTOP);
        } else {
            (void)toMain_.send(Message::of(Message::Kind::Stopped, WSTOPSIG(status)));
        }
    } else if (WIFCONTINUED(status)) {
        if (toMain_.fd() < 0) return;
        (void)toMain_.send(Message::of(Message::Kind::Continued));
        (void)kill(main_, SIGCONT);
    } else {
        outcome_.waitStatus = status;
    }
}

}  // namespace

int runKeeper(const Options& options, const Inherited& inherited, Channel toMain) noexcept {
    return Keeper(options, toMain).run(inherited);
}

}  // namespace diecast::launch
