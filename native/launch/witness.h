// Tells signals that were sent to our whole process group from those sent to the main process alone. The former reach
// COMMAND by themselves, as it is in the group: forwarding them too would give a program its second SIGTERM, by which
// many take leave without cleaning up. A signal does not say which it was; but a process that does nothing else than to
// be in the same group has then got it as well.
#pragma once

#include <sys/types.h>

#include "clock/fd.h"

namespace diecast::launch {

// Owns that process. It ends with its owner.
class Witness {
  public:
    // Every signal must be blocked. Throws std::system_error.
    Witness();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness();

    // Whether `signal`, which has just arrived here, has been sent to the witness too. Takes a millisecond.
    bool saw(int signal);

  private:
    clock::Fd line_;
    pid_t pid_ = 0;
};

}  // namespace diecast::launch
