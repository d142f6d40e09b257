// Calls dc_rearm in a guest process, as a debugger calls a function: only the process itself can move its interval
// timer and its POSIX timers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "tracee.h"

namespace diecast::clock {

// One call in one process. Its thread is attached from a start() that answers Started until onStop() answers otherwise.
class Rearm {
  public:
    enum class Start {
        Started,
        NotNeeded,   // the process has no such timers, or is gone
        Later,       // it is between two programs, or no thread can take the call right now
        Impossible,  // it may not be attached to
    };
    // `busy` tells of threads that are attached to already.
    Start start(pid_t pid, const std::function<bool(pid_t)>& busy);

    pid_t pid() const noexcept { return pid_; }
    // The thread that makes the call.
    pid_t tid() const noexcept { return tid_; }

    // `signal` is what it has stopped for; 0 if for none. When the answer is not Going the thread is as it was before,
    // and is let go with its stop.
    enum class Progress { Going, Done, Later };
    Progress onStop(StoppedThread& thread, int signal);

  private:
    pid_t pid_ = 0;
    pid_t tid_ = 0;
    bool calling_ = false;
    Registers registers_{};  // of the thread, before the call
    std::uint64_t mask_ = 0;
};

}  // namespace diecast::clock
