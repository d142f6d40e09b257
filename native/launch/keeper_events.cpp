// What reaches the keeper while the tree lives: messages and requests, reports and changes of state of its processes.
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "exit_codes.h"
#include "keeper_state.h"

namespace diecast::launch {

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
    using Verb = Control::Request::Verb;
    const auto requests = control_.receive();
    if (!requests) {
        ending_.kill();  // the library's process has gone, and with it its guests
        return;
    }
    for (const auto& [verb, number] : *requests) {
        siginfo_t signal{};
        signal.si_signo = static_cast<int>(number);
        switch (verb) {
            case Verb::Kick:
                if (supervisor_) {
                    supervisor_->kick(number);
                } else {
                    control_.kicked(number);
                }
                break;
            case Verb::Signal:
                sendToCommand(signal);
                break;
            case Verb::Kill:
            case Verb::Remount:
                break;  // a guest's init is asked for that
        }
    }
}

void Keeper::onReport() {
    CommandReport report{};
    const ssize_t n = recv(line_.get(), &report, sizeof report, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n == static_cast<ssize_t>(sizeof report)) {
        if (report.kind == CommandReport::Kind::Waiting) {
            control_.waiting(commandOnHost_);
            return;
        }
        if (!outcome_.failure) outcome_.failure = Failure{report.exitCode, report.text};
    } else if (options_.native && commandOnHost_ != 0 && !outcome_.waitStatus) {
        control_.started(commandOnHost_);  // by its exec it has closed the line
    }
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
    if (pid < 0 && errno != ECHILD) throw std::system_error(errno, std::generic_category(), "waitpid");
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
        if (toMain_.fd() >= 0) onCommandStop(WSTOPSIG(status));
    } else if (WIFCONTINUED(status)) {
        if (toMain_.fd() >= 0) onCommandContinued();
    } else {
        outcome_.waitStatus = status;
    }
}

void Keeper::onCommandStop(int signal) {
    if (signal != SIGSTOP) {
        (void)toMain_.send(Message::of(Message::Kind::Stopped, signal));
    } else if (main_ != 0) {
        // SIGSTOP cannot be held back by the main process, so that one comes from us.
        (void)kill(main_, SIGSTOP);
    } else {
        // Nor can it be sent out of a guest: a stop that can be held back takes its place.
        (void)toMain_.send(Message::of(Message::Kind::Stopped, SIGTSTP));
    }
}

// Without a pid of the main process the message itself wakes it (runMainProcess).
void Keeper::onCommandContinued() {
    (void)toMain_.send(Message::of(Message::Kind::Continued));
    if (main_ != 0) (void)kill(main_, SIGCONT);
}

}  // namespace diecast::launch
