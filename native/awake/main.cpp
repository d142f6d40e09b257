// diecast-awake: keeps every processor of the host from falling asleep, as long as its standard input is open.
//
// A capped guest runs in bursts of some milliseconds. A processor that slept before each burst runs it slower: deep
// idle states cost caches and clock frequency, and a virtual processor is given away by its host. The higher the TDF,
// the longer the sleep: the same work took 8 to 22 % more processor time at TDF 3 and 10 than at TDF 1, and 3 to 5 %
// with processors kept awake. SCHED_IDLE gives way to whatever else wants to run.
#include <immintrin.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>

#include "pace/processors.h"

namespace {

// Never in any other class: that would take time from guests.
bool giveWayToAll() {
    const sched_param none{};
    return sched_setscheduler(0, SCHED_IDLE, &none) == 0;
}

// The pause instruction leaves the core to its other hardware thread.
[[noreturn]] void stayAwake() {
    while (true) _mm_pause();
}

int fail(const char* what) {
    std::fprintf(stderr, "diecast-awake: %s: %s\n", what, std::strerror(errno));
    return 1;
}

}  // namespace

int main() {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail("PR_SET_PDEATHSIG");
    // Threads inherit the class.
    if (!giveWayToAll()) return fail("SCHED_IDLE");
    try {
        for (const int processor : diecast::pace::allowedProcessors()) {
            std::thread([processor] {
                if (diecast::pace::pinTo(processor)) stayAwake();
            }).detach();
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast-awake: %s\n", error.what());
        return 1;
    }
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    _exit(0);  // the threads never end
}
