// Looks at the program a guest is about to exec, before it does: some programs are refused with a clear error while the
// caller can still be told so.
#pragma once

#include <string>

#include "listener.h"

namespace diecast::clock {

struct ExecTarget {
    enum class Verdict {
        Try,           // nothing speaks against it; whether it works is for the kernel to say
        ThirtyTwoBit,  // an i386 or x32 program
        Unreadable,    // may be executed but not read, and then only root can reach into the process
    };
    Verdict verdict = Verdict::Try;
    std::string name;  // for messages
};

// `call` is an execve or execveat. In doubt the verdict is Try: a script's interpreter, for one, is not looked at.
// `sameRoot`: the caller's root directory is nearly always this process's own.
ExecTarget lookAtExecTarget(const Notification& call, bool sameRoot);

}  // namespace diecast::clock
