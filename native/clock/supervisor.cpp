#include "supervisor.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "exec_target.h"
#include "proc_files.h"
#include "tracee.h"

namespace diecast::clock {

namespace {

// An exec takes well under a millisecond, unless it waits for a disk.
constexpr auto execPatience = std::chrono::milliseconds(3);
// Injections of processes that were killed before their stub asked for anything are looked for now and then.
constexpr std::size_t manyInjections = 64;

bool sharesMemoryWithParent(pid_t tid) {
    const pid_t parent = std::atoi(statusField(tid, "PPid").c_str());
    return parent != 0 && syscall(SYS_kcmp, tid, parent, KCMP_VM, 0, 0) == 0;
}

bool isExec(int nr) {
    return nr == __NR_execve || nr == __NR_execveat;
}

}  // namespace

Supervisor::Supervisor(Listener listener, Injector injector, const dc_clock_page& page, pid_t command,
                       const CarriedState& first, SupervisorEvents& events, bool sameRoot)
    : listener_(std::move(listener)),
      injector_(std::move(injector)),
      command_(command),
      first_(first),
      events_(events),
      sameRoot_(sameRoot),
      kicker_(
          getpid(), page, [this](pid_t process) { return processExecutes(process) || injections_.contains(process); },
          events) {}

void Supervisor::serve() {
    const auto call = listener_.receive();
    if (!call) return;
    if (Injector::isFailure(*call)) {
        onStubFailure(*call);
    } else if (Injector::isRequest(*call)) {
        onRequest(*call);
    } else if (isExec(call->nr)) {
        onExec(*call);
    } else if (call->nr == __NR_ptrace) {
        onTraceMe(*call);
    } else {
        counts_.processes++;
        (void)listener_.allow(*call);
    }
}

bool Supervisor::processExecutes(pid_t process) const {
    return std::ranges::any_of(executing_, [process](const auto& entry) { return entry.second.process == process; });
}

// One exec of a process at a time. An exec ends the process's other threads and waits for them; if we hold one of
// those, it waits for us to reap it. Were we then attaching to yet another, we would wait for the exec (ptrace_attach
// takes cred_guard_mutex), and all three for good.
void Supervisor::onExec(const Notification& call) {
    const pid_t process = processOf(call.tid);
    if (processExecutes(process) && !executing_.contains(call.tid)) {
        waiting_.push_back(call);
    } else {
        tryExec(call, process);
    }
}

// If the exec before has succeeded, the caller is gone, and nothing comes of it.
void Supervisor::serveWaiting() {
    for (const Notification& call : std::exchange(waiting_, {})) {
        if (listener_.valid(call)) onExec(call);
    }
}

void Supervisor::tryExec(const Notification& call, pid_t process) {
    const ExecTarget target = lookAtExecTarget(call, sameRoot_);
    if (target.verdict == ExecTarget::Verdict::ThirtyTwoBit) {
        refuse(call, ENOEXEC, target.name + " is a 32-bit program; only x86-64 programs can run in dilated time");
        return;
    }
    if (target.verdict == ExecTarget::Verdict::Unreadable) {
        refuse(call, EACCES,
               "cannot run " + target.name + ": a program that may not be read runs in dilated time only as root");
        return;
    }
    // A thread that failed to exec before, as in a search along PATH, is still held.
    if (!holds(call.tid) && !attach(call, target.name)) return;
    executing_.insert_or_assign(call.tid, Execution{process, target.name, readCarriedState(call.tid).value_or(first_),
                                                    Clock::now() + execPatience});
    // If the caller has been killed meanwhile, waitpid tells; if it was only interrupted, it will ask again.
    (void)listener_.allow(call);
}

// A tracer that has begun its child by vfork, as gdb does, waits for an exec that could not come: the child stops for
// it at the first trap. Any other child may be traced, until it execs.
void Supervisor::onTraceMe(const Notification& call) {
    if (!sharesMemoryWithParent(call.tid)) {
        (void)listener_.allow(call);
        return;
    }
    events_.warn("process " + std::to_string(call.tid) + " (" + nameOf(call.tid) +
                 ") asks to be traced, which does not work in dilated time; attach strace or gdb from outside instead");
    (void)listener_.fail(call, EPERM);
}

bool Supervisor::attach(const Notification& call, const std::string& program) {
    const int error = seize(call.tid);
    if (error == 0) return true;
    if (error == ESRCH || !listener_.valid(call)) return false;  // killed
    std::string line = "cannot run " + program + ": process " + std::to_string(call.tid);
    const pid_t tracer = tracerOf(call.tid);
    if (tracer != 0) {
        line += " is traced by " + std::to_string(tracer) + " (" + nameOf(tracer) +
                "); attach strace or gdb from outside instead";
    } else {
        line +=
            " may not be traced (PTRACE_SEIZE: " + std::string(std::strerror(error)) +
            "): it has PR_SET_DUMPABLE at 0, which only root may look behind, or kernel.yama.ptrace_scope is above 1";
    }
    refuse(call, EPERM, line);
    return false;
}

void Supervisor::refuse(const Notification& call, int error, const std::string& line) {
    if (call.tid == command_ && !commandStarted_) {
        events_.commandRefused(line);
    } else {
        events_.warn(line);
    }
    (void)listener_.fail(call, error);
}

// A process cannot run what it has become.
void Supervisor::complain(pid_t pid, const std::string& problem) {
    if (pid == command_) {
        events_.commandRefused(problem);
    } else {
        events_.warn(problem);
    }
}

void Supervisor::onExecStop(pid_t pid) {
    try {
        StoppedThread thread(pid);
        if (pid == command_ && !commandStarted_) kicker_.follow();
        // The thread that called execve goes on under the process's id; all others are gone.
        const pid_t former = thread.eventMessage();
        const auto known = executing_.find(former);
        Injection injection;
        if (known != executing_.end()) {
            injection.program = std::move(known->second.program);
            injection.carried = known->second.carried;
        } else {
            injection.program =
                programOf(pid);  // not to happen; but a program left as it is would die at its first trap
        }
        forget(former);
        forget(pid);
        counts_.execs++;
        const std::string problem = injector_.plant(thread, injection);
        if (problem.empty()) {
            if (injections_.size() >= manyInjections) dropDeadInjections();
            injections_.insert_or_assign(pid, std::move(injection));
            return;
        }
        complain(pid, problem);
        // The old program is gone and the new one cannot run: like the kernel when it fails past that point.
        (void)kill(pid, SIGKILL);
    } catch (const ThreadGone&) {
        forget(pid);
    }
}

void Supervisor::onOtherStop(pid_t tid, int signal) {
    executing_.erase(tid);
    if (kicker_.holds(tid)) {
        kicker_.onStop(tid, signal);
        return;
    }
    StoppedThread thread(tid);
    thread.passOn(signal);
}

void Supervisor::forget(pid_t tid) {
    executing_.erase(tid);
    injections_.erase(tid);
    kicker_.forget(tid);
}

void Supervisor::onRequest(const Notification& call) {
    const auto known = injections_.find(call.tid);
    if (known == injections_.end()) {
        // An injection ends with its last descriptor: here a stub says that it needs to put nothing back. Anybody else
        // gets what Linux says to this path.
        (void)listener_.fail(call, EFAULT);
        return;
    }
    if (!injector_.serve(listener_, call, known->second)) return;
    injections_.erase(known);
    if (call.tid == command_ && !std::exchange(commandStarted_, true)) events_.commandStarted();
}

// Also when the injection seemed to be over: a descriptor received can still fail to be mapped.
void Supervisor::onStubFailure(const Notification& call) {
    constexpr int cannotRun = 126;
    constexpr int ownFailure = 125;
    complain(call.tid, Injector::describeFailure(call, programOf(call.tid)));
    injections_.erase(call.tid);
    (void)listener_.answer(call, call.tid == command_ ? ownFailure : cannotRun);
}

void Supervisor::dropDeadInjections() {
    std::erase_if(injections_, [](const auto& entry) { return kill(entry.first, 0) != 0 && errno == ESRCH; });
}

std::optional<Supervisor::Clock::time_point> Supervisor::deadline() const {
    std::optional<Clock::time_point> first = kicker_.deadline();
    for (const auto& [tid, execution] : executing_) {
        if (!first || execution.patience < *first) first = execution.patience;
    }
    return first;
}

void Supervisor::tick() {
    if (!waiting_.empty()) serveWaiting();
    const auto now = Clock::now();
    for (auto& [tid, execution] : executing_) {
        if (execution.patience > now) continue;
        execution.patience = now + execPatience;
        if (isExec(blockedIn(tid).nr)) continue;  // still at it
        // If there is no such thread any more, its death will be reported, or its exec: a thread that execs takes over
        // its process's id.
        (void)interrupt(tid);
    }
    kicker_.tick();
}

}  // namespace diecast::clock
