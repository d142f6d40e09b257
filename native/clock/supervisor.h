// Answers the notifications of one tree: what a program is about to become, and the requests of injected stubs.
//
// An exec goes: notification → attach → let it happen → exec stop → plant → detach → the stub's requests. Nothing
// blocks in between: many execs can be under way, and any of the processes can be killed at any moment. An exec that
// fails is not reported by the kernel; its thread is let go at its next stop, or, a little later, by being asked to
// stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "injector.h"
#include "kicker.h"
#include "listener.h"
#include "supervisor_events.h"

namespace diecast::clock {

struct SupervisorCounts {
    std::uint64_t execs = 0;
    std::uint64_t processes = 1;  // counted only if the filter notifies forks
};

// One per tree, in the one thread that waits for its processes.
class Supervisor {
  public:
    using Clock = std::chrono::steady_clock;

    // `page` is the tree's time page, `command` the process that will exec COMMAND, `first` what it inherits. The
    // caller is the parent or subreaper of every process of the tree; `sameRoot`: as a rule it sees the same files.
    Supervisor(Listener listener, Injector injector, const dc_clock_page& page, pid_t command,
               const CarriedState& first, SupervisorEvents& events, bool sameRoot = true);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    int fd() const noexcept { return listener_.fd(); }
    const SupervisorCounts& counts() const noexcept { return counts_; }

    // Serves one notification; call when fd() is readable.
    void serve();

    // The time page has changed: has the tree follow. Answered by SupervisorEvents::kicked.
    void kick(std::uint64_t id) { kicker_.kick(id); }

    // Attached by us: its stops are for onExecStop and onOtherStop.
    bool holds(pid_t tid) const { return executing_.contains(tid) || kicker_.holds(tid); }

    // Process `pid` is in its exec stop.
    void onExecStop(pid_t pid);
    // A held thread is in any other stop; `signal` is what it stopped for, 0 if for none.
    void onOtherStop(pid_t tid, int signal);
    // The thread is gone, or in other hands.
    void forget(pid_t tid);

    // When tick() is due next.
    std::optional<Clock::time_point> deadline() const;
    void tick();

  private:
    struct Execution {
        pid_t process;
        std::string program;
        CarriedState carried;
        Clock::time_point patience;  // then ask whether it has failed
    };

    void onExec(const Notification& call);
    void tryExec(const Notification& call, pid_t process);
    bool processExecutes(pid_t process) const;
    void serveWaiting();
    void onTraceMe(const Notification& call);
    void onRequest(const Notification& call);
    void onStubFailure(const Notification& call);
    void complain(pid_t pid, const std::string& problem);
    bool attach(const Notification& call, const std::string& program);
    void refuse(const Notification& call, int error, const std::string& line);
    void dropDeadInjections();

    Listener listener_;
    Injector injector_;
    pid_t command_;
    CarriedState first_;
    SupervisorEvents& events_;
    bool sameRoot_;
    SupervisorCounts counts_;
    bool commandStarted_ = false;
    std::unordered_map<pid_t, Execution> executing_;   // by thread
    std::vector<Notification> waiting_;                // execs of processes of which another thread is executing
    std::unordered_map<pid_t, Injection> injections_;  // by process
    Kicker kicker_;
};

}  // namespace diecast::clock
