// diecast-awake: keeps every processor of the host from falling asleep, as long as its standard input is open.
//
// A capped guest runs in bursts of some milliseconds. A processor that slept before each burst runs it slower: deep
// idle states cost caches and clock frequency, and a virtual processor is given away by its host. The higher the TDF,
// the longer the sleep: the same work took 8 to 22 % more processor time at TDF 3 and 10 than at TDF 1, and 3 to 5 %
// with processors kept awake. SCHED_IDLE gives way to whatever else wants to run in the same group of the scheduler;
// whoever starts it sees to a group that gives way as a whole (src/host/awake.ts).
//
// A core that only pauses, adds or does nothing is awake, but takes 1 to 3 ms of loads and stores until these are as
// fast as in the middle of work (EPYC, Zen 3: 1.3 instead of up to 2.8 a nanosecond, at the same clock frequency).
// Bursts of 1 ms see little else: servers' work took 0.85 times as long after loads and stores as after pauses
// (npm run bench:bursts). But where another processor is a thread of the same core, what runs there would have to share
// it: such a one pauses.
//
// Prints a line when it has begun.
//
//   diecast-awake [pause|store]    all of them in that way; for measuring
#include <immintrin.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <thread>

#include "pace/processors.h"

namespace {

bool giveWayToAll() {
    const sched_param none{};
    return sched_setscheduler(0, SCHED_IDLE, &none) == 0;
}

[[noreturn]] void pauseForever() {
    (void)prctl(PR_SET_NAME, "awake-pause");
    while (true) _mm_pause();
}

[[noreturn]] void storeForever() {
    (void)prctl(PR_SET_NAME, "awake-store");
    std::array<std::uint64_t, 64> words{};
    while (true) {
        for (std::uint64_t& word : words) {
            word++;
            // Each of them a load and a store, and none left out.
            asm volatile("" : "+m"(word));
        }
    }
}

int fail(const char* what) {
    std::fprintf(stderr, "diecast-awake: %s: %s\n", what, std::strerror(errno));
    return 1;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view way = count > 1 ? arguments[1] : "";
    if (count > 2 || (count > 1 && way != "pause" && way != "store")) {
        std::fprintf(stderr, "usage: diecast-awake [pause|store]\n");
        return 1;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail("PR_SET_PDEATHSIG");
    // Threads inherit the class.
    if (!giveWayToAll()) return fail("SCHED_IDLE");
    try {
        for (const int processor : diecast::pace::allowedProcessors()) {
            const bool pauses = way.empty() ? diecast::pace::sharesItsCore(processor) : way == "pause";
            std::thread([processor, pauses] {
                if (!diecast::pace::pinTo(processor)) return;
                pauses ? pauseForever() : storeForever();
            }).detach();
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast-awake: %s\n", error.what());
        return 1;
    }
    std::puts("awake");
    std::fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    _exit(0);  // the threads never end
}
