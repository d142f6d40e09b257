#include "pulse/core_trials.h"

#include <sched.h>

#include <functional>
#include <system_error>
#include <thread>

#include "pace/clock_reader.h"
#include "pace/processors.h"
#include "pace/sleep.h"
#include "pulse/core_speed.h"

namespace diecast::pulse {
namespace {

// Of one that goes offline, or is taken from the host's set, nothing is told any more: better than of another.
void tryCore(CoreCounters& core, pace::Duration interval) {
    const int processor = static_cast<int>(core.processor);
    if (!pace::pinTo(processor)) return;
    for (;;) {
        pace::sleepUntil(pace::realNow() + interval);
        const std::uint64_t speed = stepsPerSecond();
        if (sched_getcpu() != processor) return;
        __atomic_store_n(&core.speedSum, core.speedSum + speed, __ATOMIC_RELEASE);
        __atomic_store_n(&core.probes, core.probes + 1, __ATOMIC_RELEASE);
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
