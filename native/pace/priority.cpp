#include "pace/priority.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

namespace diecast::pace {

namespace {

bool schedule(int policy, int priority) noexcept {
    sched_param parameters{};
    parameters.sched_priority = priority;
    return sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &parameters) == 0;
}

bool scheduleRealTime() noexcept {
    return schedule(SCHED_FIFO, sched_get_priority_min(SCHED_FIFO));
}

}  // namespace

Duration processorTime() noexcept {
    timespec ts{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return std::chrono::seconds(ts.tv_sec) + Duration(ts.tv_nsec);
}

Precedence::Precedence() noexcept {
    (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    (void)setpriority(PRIO_PROCESS, 0, -20);
    (void)prctl(PR_SET_TIMERSLACK, 1);
    // Refused without CAP_SYS_NICE, and in a cgroup without a share of real-time (CONFIG_RT_GROUP_SCHED).
    permitted_ = scheduleRealTime();
}

void Precedence::follow(RealTime now) noexcept {
    constexpr Duration window = std::chrono::milliseconds(300);
    constexpr double busy = 0.92;
    constexpr double calm = 0.85;
    if (!permitted_ || now < next_) return;
    next_ = now + window;
    const Duration used = processorTime();
    const double share = std::chrono::duration<double>(used - used_) / std::chrono::duration<double>(now - since_);
    used_ = used;
    since_ = now;
    if (!usual_ && share > busy) usual_ = schedule(SCHED_OTHER, 0);
    if (usual_ && share < calm) usual_ = !scheduleRealTime();
}

void raiseFileLimit() noexcept {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace diecast::pace
