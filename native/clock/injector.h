// Brings a program that has just been loaded into dilated time. The life of an injection:
//   readCarriedState()   while the thread waits in execve: what outlives the exec
//   plant()              at the exec stop: the program will find our vDSO, and begins with the stub
//   serve()              the stub's requests; its last answered, the program is in dilated time
// Nothing is left to undo: the stub lies where nothing else is, in the process's private copy of the kernel's vDSO.
#pragma once

#include <string>

#include "fd.h"
#include "listener.h"
#include "process_state.h"
#include "tracee.h"

namespace diecast::clock {

struct InjectionSource {
    Fd bundle;  // read-only
    Fd stats;   // empty without --stats
    StateTemplate state;
};

// One injection under way.
struct Injection {
    std::string program;  // for messages
    CarriedState carried;
    GuestAddress vdso{};
    Fd lent;  // our copy of the caller's descriptor 0, while ours is in its place
    bool hasBundle = false;
    bool hasStats = false;
};

// One per tree. Not thread-safe.
class Injector {
  public:
    // Throws std::runtime_error if this kernel's vDSO has no room for the stub.
    explicit Injector(InjectionSource source);

    int bundleFd() const noexcept { return source_.bundle.get(); }
    int statsFd() const noexcept { return source_.stats.get(); }

    // Returns why the program cannot run in dilated time; empty: planted.
    std::string plant(StoppedThread& thread, Injection& injection) const;

    static bool isRequest(const Notification& call) noexcept;
    // Answers a request; true: it was the last one, unless something fails from here on. If the table of descriptors is
    // full, the stub's descriptor takes the place of 0 for a while.
    bool serve(Listener& listener, const Notification& call, Injection& injection) const;

    // A request by which the stub reports a failure, and what it says. The process ends with the answer as exit code.
    static bool isFailure(const Notification& call) noexcept;
    static std::string describeFailure(const Notification& call, const std::string& program);

  private:
    bool give(Listener& listener, const Notification& call, const Fd& fd, Injection& injection) const;

    InjectionSource source_;
    std::uint64_t stubOffset_;  // from the vDSO's start
};

}  // namespace diecast::clock
