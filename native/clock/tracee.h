// Threads of guests under ptrace. A guest can be killed at any moment: whatever is asked of a thread that is no longer
// there throws ThreadGone, which the supervisor takes as news, not as an error.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "guest_memory.h"

namespace diecast::clock {

struct ThreadGone {};

using Registers = user_regs_struct;

// Attaches without stopping the thread; exec will stop it. 0, or an errno: EPERM (traced by another, or may not be
// traced), ESRCH (gone). The thread dies with us.
int seize(pid_t tid) noexcept;

// Asks an attached thread to stop soon; the stop is reported by waitpid. False: it has been killed.
bool interrupt(pid_t tid) noexcept;

// A thread in a ptrace stop. It leaves the stop with the scope: detached, unless goOn() has let it run on attached.
class StoppedThread {
  public:
    explicit StoppedThread(pid_t tid) noexcept : tid_(tid) {}
    StoppedThread(const StoppedThread&) = delete;
    StoppedThread& operator=(const StoppedThread&) = delete;
    ~StoppedThread();

    pid_t tid() const noexcept { return tid_; }

    Registers registers() const;
    void setRegisters(const Registers& registers);
    std::uint64_t signalMask() const;
    void setSignalMask(std::uint64_t mask);
    // The number that came with an event stop: for an exec, the thread's former id.
    pid_t eventMessage() const;
    // Writes to memory whatever its protection, as debuggers plant breakpoints. `bytes` is a multiple of 8 long. False
    // if the memory cannot be written even so.
    bool overwrite(GuestAddress to, std::span<const std::byte> bytes);

    // The signal it stopped for goes on to it when the stop ends.
    void passOn(int signal) noexcept { signal_ = signal; }
    // Ends the stop now; the thread stays attached.
    void goOn();

  private:
    pid_t tid_;
    int signal_ = 0;
    bool held_ = true;
};

}  // namespace diecast::clock
