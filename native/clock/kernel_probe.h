// Asks the kernel, by trying, for what dilated time needs. Nothing outlives a probe.
#pragma once

#include <string>

namespace diecast::clock {

// One feature: there, or not and then why (what was tried and the kernel's answer).
struct ProbeResult {
    bool available = false;
    std::string problem;
};

struct SeccompProbe {
    ProbeResult trap;          // a filter may send calls to a handler in the process
    ProbeResult notify;        // ... or to a supervisor
    ProbeResult continueCall;  // which may let the call go on: Linux 5.5
    ProbeResult addFd;         // and put a descriptor into the caller: Linux 5.9
    ProbeResult addFdSend;     // in one step with the reply: Linux 5.14
};

SeccompProbe probeSeccomp();

// Attaching to a descendant with PTRACE_SEIZE.
ProbeResult probePtrace();

// Whether programs find a vDSO in this process.
ProbeResult probeVdso();

// epoll_pwait2: Linux 5.11.
ProbeResult probeEpollPwait2();

// pidfd_getfd on a child: Linux 5.6.
ProbeResult probePidfdGetfd();

}  // namespace diecast::clock
