#include "pulse/core_trials.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <system_error>
#include <thread>

#include "pace/clock_reader.h"
#include "pace/processors.h"
#include "pace/sleep.h"
#include "pulse/cold_lines.h"
#include "pulse/core_speed.h"

namespace diecast::pulse {
namespace {

// What lies further off than any memory: something else has run here in between.
constexpr pace::Duration interrupted = std::chrono::microseconds(1) * static_cast<int>(ColdLines::lines);

void count(std::uint64_t& sum, std::uint64_t more) {
    __atomic_store_n(&sum, sum + more, __ATOMIC_RELEASE);
}

// Lines that are looked at again only after a while.
class Resting {
  public:
    // In the `trials` between two looks a rest of that length goes by. No copy is ever made, as there are lines in it.
    Resting(ColdCounters& counters, pace::Duration rest, pace::Duration interval)
        : counters_(&counters), trials_(std::max<std::int64_t>(1, (rest + interval / 2) / interval)) {}

    void look(std::int64_t trial) {
        if (trial % trials_ != 0) return;
        const pace::RealTime now = pace::realNow();
        const pace::Duration pass = lines_.pass();
        if (lastUsed_ && pass < interrupted) {
            count(counters_->restNs, static_cast<std::uint64_t>((now - *lastUsed_).count()));
            count(counters_->passNs, static_cast<std::uint64_t>(pass.count()));
            count(counters_->passes, 1);
        }
        lastUsed_ = pace::realNow();
    }

  private:
    ColdCounters* counters_;
    std::int64_t trials_;
    ColdLines lines_;
    std::optional<pace::RealTime> lastUsed_;
};

// Of one that goes offline, or is taken from the host's set, nothing is told any more: better than of another.
void tryCore(CoreCounters& core, pace::Duration interval) {
    const int processor = static_cast<int>(core.processor);
    if (!pace::pinTo(processor)) return;
    using std::chrono::milliseconds;
    std::array<Resting, CoreCounters::rests> resting{
        Resting(core.cold[0], milliseconds(5), interval), Resting(core.cold[1], milliseconds(20), interval),
        Resting(core.cold[2], milliseconds(80), interval), Resting(core.cold[3], milliseconds(320), interval)};
    for (std::int64_t trial = 0;; trial++) {
        pace::sleepUntil(pace::realNow() + interval);
        for (Resting& lines : resting) lines.look(trial);
        const std::uint64_t speed = stepsPerSecond();
        if (sched_getcpu() != processor) return;
        count(core.speedSum, speed);
        count(core.probes, 1);
    }
}

}  // namespace

void tryCores(std::span<CoreCounters> cores, pace::Duration interval) {
    for (CoreCounters& core : cores) {
        try {
            std::thread(tryCore, std::ref(core), interval).detach();
        } catch (const std::system_error&) {
            return;  // as many threads as there may be
        }
    }
}

}  // namespace diecast::pulse
