// A running guest, for a program that is to run in it.
//
// Three processes matter, from outside to inside: the main process stays on the host; the keeper enters the guest's PID
// namespace, so that it is its tree's subreaper, and the guest's "void", a mount namespace with nothing but the guest's
// /proc (guest_init.h), so that nothing the guest does to its mounts reaches it and nothing of the host can be reached
// through it; COMMAND enters everything.
#pragma once

#include <sys/types.h>

#include <utility>

#include "clock/fd.h"

namespace diecast::launch {

// Owns descriptors of one guest's namespaces. Made on the host, before anything is entered.
class Guest {
  public:
    // `init` is the host's pid of the guest's init. Throws std::runtime_error if there is no such guest.
    explicit Guest(pid_t init);

    // What the calling process forks while the object lives is in the guest's PID namespace. One at a time.
    class Children {
      public:
        explicit Children(const Guest& guest);  // throws std::system_error
        Children(const Children&) = delete;
        Children& operator=(const Children&) = delete;
        ~Children();

      private:
        clock::Fd own_;
    };

    // Gives out the void's descriptor, for enterVoid().
    clock::Fd takeVoid() noexcept { return std::move(void_); }
    // Moves the calling process to the guest's mounts, network, host name and IPC; at its root directory. Throws
    // std::system_error.
    void enter() const;

    // The caller's pid as the host has it, wherever the caller is.
    pid_t pidOnHost() const;

  private:
    clock::Fd open(pid_t pid, const char* name) const;

    clock::Fd hostProc_;
    clock::Fd pids_;
    clock::Fd void_;
    clock::Fd mounts_;
    clock::Fd network_;
    clock::Fd hostName_;
    clock::Fd ipc_;
};

// Moves the calling process to a guest's void. Throws std::system_error.
void enterVoid(const clock::Fd& fd);

}  // namespace diecast::launch
