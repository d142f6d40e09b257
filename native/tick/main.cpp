// diecast-tick: has the kernel look each millisecond whether a guest's quota of processor time is used up, as long as
// its standard input is open.
//
// By itself it looks at its tick, every 4 ms at 250 Hz: 1 ms of quota lasts up to 5 ms, and what was too much is paid
// back in the next periods. Inside its quota a guest runs at the host's speed, so at TDF 10 it has those 5 ms in a
// tenth of the virtual time that they take at TDF 1, and answers that much sooner. The kernel also looks when what runs
// has to give way to something else (kernel/sched/fair.c: put_prev_entity). So a thread of the least real-time priority
// on each processor wakes every millisecond, and sleeps again: the quota of 1 ms lasts 1.0 ms in the mean. It costs a
// processor that is at work all the time 1 to 2 % of it (npm run bench:quotas).
//
// Prints a line when it has begun. Refused without CAP_SYS_NICE, and in a cgroup without a share of real-time
// (CONFIG_RT_GROUP_SCHED), as guests' own are: it stays in that of whoever starts it.
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>

#include "pace/clock_reader.h"
#include "pace/processors.h"
#include "pace/sleep.h"

namespace {

using diecast::pace::realNow;
using diecast::pace::RealTime;

// The shortest quota that there is (kernel/sched/core.c: min_cfs_quota_period).
constexpr diecast::pace::Duration interval = std::chrono::milliseconds(1);

bool goBeforeAll() {
    sched_param parameters{};
    parameters.sched_priority = sched_get_priority_min(SCHED_FIFO);
    return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

// Of a processor that goes offline, or is taken from the host's set, the kernel's tick is left.
void tickOn(int processor) {
    if (!diecast::pace::pinTo(processor)) return;
    (void)prctl(PR_SET_TIMERSLACK, 1);
    for (RealTime due = realNow(); sched_getcpu() == processor;) {
        due += interval;
        diecast::pace::sleepUntil(due);
        // What it was too late for is not made up for.
        if (const RealTime now = realNow(); due + interval < now) due = now;
    }
}

}  // namespace

int main() {
    // A signal to the terminal's process group is for the run to act on.
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGPIPE, SIGTSTP}) (void)std::signal(signal, SIG_IGN);
    // Threads inherit the class.
    if (!goBeforeAll()) {
        std::fprintf(stderr, "diecast-tick: SCHED_FIFO: %s\n", std::strerror(errno));
        return 1;
    }
    try {
        for (const int processor : diecast::pace::allowedProcessors()) std::thread(tickOn, processor).detach();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast-tick: %s\n", error.what());
        return 1;
    }
    std::puts("ticks");
    std::fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    _exit(0);  // the threads never end
}
