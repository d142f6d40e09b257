// The end of a tree: what COMMAND has left behind gets a short grace, is asked to end, and is then made to.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <vector>

namespace diecast::launch {

// One per tree; all methods are called by the process that is its members' parent or subreaper. It is over when that
// process has no child left.
class Ending {
  public:
    using Clock = std::chrono::steady_clock;

    bool begun() const noexcept { return phase_ != Phase::NotBegun; }
    // From here on nothing of the tree is worth serving.
    bool killing() const noexcept { return phase_ == Phase::Killing; }

    // COMMAND has ended: grace, SIGTERM, SIGKILL.
    void begin();
    // At once; may follow begin().
    void kill();

    std::optional<Clock::time_point> deadline() const;
    void tick();

  private:
    enum class Phase { NotBegun, Grace, Terminating, Killing };

    Phase phase_ = Phase::NotBegun;
    Clock::time_point next_{};
};

// Kills and reaps the caller's descendants until there are none, but for the processes in `spared` and below them. The
// caller must be a subreaper.
void killDescendants(const std::vector<pid_t>& spared = {});

}  // namespace diecast::launch
