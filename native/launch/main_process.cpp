#include "main_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "clock/proc_files.h"
#include "clock/process_tree.h"
#include "ending.h"
#include "exit_codes.h"
#include "inherited.h"
#include "witness.h"

namespace diecast::launch {

namespace {

class MainProcess {
  public:
    MainProcess(Channel toKeeper, pid_t keeper, std::vector<pid_t> strangers, MainOptions options);
    int run();

  private:
    void onSignal();
    void forward(const siginfo_t& signal);
    bool meantForCommand(const signalfd_siginfo& signal);
    // COMMAND has stopped: so do we, for our shell to see.
    void stopAlong(int signal);
    void readMessages();
    void onMessage(const Message& message);
    void dieLike(int signal);
    void fail(int exitCode, const std::string& text);

    Channel toKeeper_;
    pid_t keeper_;
    MainOptions options_;
    std::vector<pid_t> strangers_;
    std::optional<Witness> witness_;
    clock::Fd signals_;
    pid_t command_ = 0;               // 0: not there yet
    std::vector<siginfo_t> early_;    // signals from before
    std::optional<int> stopped_;      // COMMAND's stop signal, not acted on yet
    std::uint64_t fromTerminal_ = 0;  // signals the terminal has sent us
    std::optional<int> exitCode_;
    std::optional<int> dieOf_;
    bool keeperGone_ = false;
};

// The keeper is in another PID namespace and cannot send us the SIGCONT that follows COMMAND's own: the kernel sends it
// with each message.
void wakeOnMessages(int fd) {
    const bool done = fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_SETSIG, SIGCONT) == 0 &&
                      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC) == 0;
    if (!done) throw std::system_error(errno, std::generic_category(), "O_ASYNC");
}

MainProcess::MainProcess(Channel toKeeper, pid_t keeper, std::vector<pid_t> strangers, MainOptions options)
    : toKeeper_(std::move(toKeeper)), keeper_(keeper), options_(options), strangers_(std::move(strangers)) {
    // A program of a guest that the library runs is in a session of its own: nobody signals our group.
    if (!options_.inGuest || !options_.library) witness_.emplace();
    if (options_.inGuest) wakeOnMessages(toKeeper_.fd());
    sigset_t all;
    sigfillset(&all);
    signals_.reset(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw std::system_error(errno, std::generic_category(), "signalfd");
}

int MainProcess::run() {
    while (!keeperGone_) {
        pollfd sources[] = {{signals_.get(), POLLIN, 0}, {toKeeper_.fd(), POLLIN, 0}};
        if (poll(sources, 2, -1) < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
        if (sources[0].revents != 0) onSignal();
        if (sources[1].revents != 0) readMessages();
        if (stopped_) stopAlong(*stopped_);
        stopped_.reset();
    }
    witness_.reset();
    // A zombie of a guest keeps it from ending, and whose child it becomes may take its time.
    if (options_.inGuest) (void)waitpid(keeper_, nullptr, 0);
    // Its last message tells that nothing is left. In a guest what is left goes to the guest's init, not to us, and
    // most often the guest itself has ended.
    if (!exitCode_ && !options_.inGuest) killDescendants(strangers_);
    if (!exitCode_) fail(exitOwnFailure, "the keeper process has died; everything it kept has been killed");
    if (dieOf_) dieLike(*dieOf_);
    return *exitCode_;
}

// A shell that runs us in a loop leaves the loop at Ctrl-C only if we die of it, too; an exit code of 130 would mean
// that the program has dealt with it.
void MainProcess::dieLike(int signal) {
    const rlimit noCore{};
    (void)setrlimit(RLIMIT_CORE, &noCore);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    ::signal(signal, SIG_DFL);
    (void)kill(getpid(), signal);
    (void)sigprocmask(SIG_UNBLOCK, &one, nullptr);
}

void MainProcess::fail(int exitCode, const std::string& text) {
    exitCode_ = exitCode;
    if (!options_.library) std::fprintf(stderr, "diecast: %s\n", text.c_str());
}

// ---- Signals ----

// What the kernel sends to all of a terminal's foreground group. A hang-up goes to the session's leader alone, a
// timer's signal (an alarm set before we were exec'd) to its owner.
bool sentToForegroundGroup(int signal) {
    switch (signal) {
        case SIGINT:
        case SIGQUIT:
        case SIGTSTP:
        case SIGTTIN:
        case SIGTTOU:
        case SIGWINCH:
            return true;
        case SIGHUP:
        case SIGCONT:
            return getsid(0) != getpid();
        default:
            return false;
    }
}

// What the terminal sends reaches COMMAND by itself, as it is in our process group; so does what anybody else sends to
// the group, unless COMMAND has left it. What a member of the tree sends is between them.
bool MainProcess::meantForCommand(const signalfd_siginfo& signal) {
    const auto sender = static_cast<pid_t>(signal.ssi_pid);
    const int number = static_cast<int>(signal.ssi_signo);
    if (signal.ssi_code == SI_KERNEL) fromTerminal_ |= signalBit(number);
    if (signal.ssi_code > 0) return signal.ssi_code == SI_KERNEL && (command_ == 0 || !sentToForegroundGroup(number));
    if (sender == keeper_ || sender == getpid() || clock::descendsFrom(sender, keeper_)) return false;
    const bool sentToGroup = witness_ && witness_->saw(number);
    return command_ == 0 || !sentToGroup || getpgid(command_) != getpgrp();
}

void MainProcess::onSignal() {
    signalfd_siginfo signal{};
    while (read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        if (!meantForCommand(signal)) continue;
        siginfo_t info{};
        info.si_signo = static_cast<int>(signal.ssi_signo);
        info.si_code = signal.ssi_code;
        info.si_pid = static_cast<pid_t>(signal.ssi_pid);
        info.si_uid = signal.ssi_uid;
        info.si_value.sival_ptr = reinterpret_cast<void*>(signal.ssi_ptr);
        if (command_ == 0) {
            early_.push_back(info);
        } else {
            forward(info);
        }
    }
}

void MainProcess::forward(const siginfo_t& signal) {
    Message message = Message::of(Message::Kind::Signal);
    message.info = signal;
    (void)toKeeper_.send(message);  // its end is noticed by receive()
}

// The keeper first tells us and then, when COMMAND goes on, sends SIGCONT; that takes a pending stop back. So a stop
// made pending before the last look at the messages can be over unnoticed, but never be left.
void MainProcess::stopAlong(int signal) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    // By the same signal, so that the shell says the same about us.
    ::signal(signal, SIG_DFL);
    kill(getpid(), signal);
    readMessages();
    if (stopped_) {
        sigprocmask(SIG_UNBLOCK, &one, nullptr);  // here we stop
        sigprocmask(SIG_BLOCK, &one, nullptr);
    } else {
        const timespec now{};
        (void)sigtimedwait(&one, nullptr, &now);
    }
}

// ---- The keeper ----

void MainProcess::readMessages() {
    Message message;
    while (!keeperGone_) {
        const auto received = toKeeper_.receive(message);
        if (received == Channel::Received::Nothing) return;
        if (received == Channel::Received::End) {
            keeperGone_ = true;
        } else {
            onMessage(message);
        }
    }
}

void MainProcess::onMessage(const Message& message) {
    switch (message.kind) {
        case Message::Kind::Created:
            command_ = message.number;
            for (const siginfo_t& signal : early_) forward(signal);
            early_.clear();
            break;
        case Message::Kind::Stopped:
            stopped_ = message.number;
            break;
        case Message::Kind::Continued:
            stopped_.reset();
            break;
        case Message::Kind::Exited:
            exitCode_ = message.number;
            break;
        case Message::Kind::Signaled:
            exitCode_ = exitBySignal + message.number;
            if ((fromTerminal_ & signalBit(message.number)) != 0) dieOf_ = message.number;
            break;
        case Message::Kind::Failed:
            fail(message.number, message.text);
            break;
        case Message::Kind::Signal:
            break;
    }
}

}  // namespace

std::vector<pid_t> findStrangers() {
    // Nearly always there are none, and this is quicker than a look through /proc.
    siginfo_t unused{};
    if (waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 && errno == ECHILD) return {};
    return clock::descendantsOf(getpid());
}

int runMainProcess(Channel toKeeper, pid_t keeper, std::vector<pid_t> strangers, MainOptions options) {
    return MainProcess(std::move(toKeeper), keeper, std::move(strangers), options).run();
}

}  // namespace diecast::launch
