// diecast-pulse: what a program of a guest would wait for a processor that it is to have.
//
// It sleeps for a while, again and again, in a cgroup beside those of the guests and scheduled as they are, and counts
// how late it gets a processor after each sleep. Guests' own waits do not tell that: a cap that is used up is wanted, a
// host that has no processor left is not. It also reads the host's two clocks: the difference of their rates is what
// somebody who sets the host's clock does to every guest's. And on each processor it tries now and then how fast that
// is at the moment, and how long it keeps in its caches what is not used, which on a shared machine depends on its
// other tenants. Ends with its standard input.
#include <poll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "pace/clock_reader.h"
#include "pace/processors.h"
#include "pace/setup_error.h"
#include "pace/shared_memory.h"
#include "pace/sleep.h"
#include "pace/slice.h"
#include "pulse/core_trials.h"
#include "pulse/counters.h"

namespace {

using diecast::pace::Duration;
using diecast::pace::realNow;
using diecast::pace::RealTime;
using diecast::pulse::CoreCounters;
using diecast::pulse::PulseCounters;

// Often enough for a hundredth part of a second's waits to be known, seldom enough to cost two thousandths of a
// processor.
constexpr Duration interval = std::chrono::milliseconds(5);

// Also the waits of those wakes that it slept through, each shorter by an interval than the one before: who wanted a
// processor then waited as well, and a stall of a tenth of a second would otherwise be one wait among hundreds
// ("coordinated omission"; as HdrHistogram's recordValueWithExpectedInterval does).
void recordWaits(diecast::pace::LatenessCounters& lateness, Duration longest) {
    for (Duration wait = longest;; wait -= interval) {
        diecast::pace::record(lateness, wait.count());
        if (wait <= interval) return;
    }
}

std::uint64_t rawNow() {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
    return static_cast<std::uint64_t>(ts.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(ts.tv_nsec);
}

// A reader that sees an odd sequence, or another one behind than before, tries again.
void writeClocks(PulseCounters& counters) {
    __atomic_store_n(&counters.sequence, counters.sequence + 1, __ATOMIC_SEQ_CST);
    counters.monotonicNs = static_cast<std::uint64_t>(realNow().time_since_epoch().count());
    counters.rawNs = rawNow();
    __atomic_store_n(&counters.sequence, counters.sequence + 1, __ATOMIC_SEQ_CST);
}

// Of trying all of them: four thousandths of a processor each, and together no more than of eight.
Duration trialInterval(std::size_t processors) {
    return interval * static_cast<Duration::rep>(std::max<std::size_t>(processors, 8)) / 8;
}

// Without them the rest is worth having.
std::vector<int> processorsToTry() {
    try {
        return diecast::pace::allowedProcessors();
    } catch (const diecast::pace::SetupError&) {
        return {};
    }
}

bool inputIsOpen() {
    pollfd input{STDIN_FILENO, 0, 0};
    return poll(&input, 1, 0) >= 0 && (input.revents & (POLLHUP | POLLERR)) == 0;
}

}  // namespace

int main() {
    // A signal to the terminal's process group is for the run to act on.
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGPIPE, SIGTSTP}) (void)std::signal(signal, SIG_IGN);
    try {
        const std::vector<int> processors = processorsToTry();
        const diecast::pace::SharedMemory memory(sizeof(PulseCounters) + processors.size() * sizeof(CoreCounters));
        auto& counters = *static_cast<PulseCounters*>(memory.data());
        const std::span cores(reinterpret_cast<CoreCounters*>(&counters + 1), processors.size());
        counters.coreCount = cores.size();
        for (std::size_t i = 0; i < cores.size(); i++) cores[i].processor = static_cast<std::uint64_t>(processors[i]);
        counters.magic = PulseCounters::theMagic;
        counters.version = PulseCounters::theVersion;
        (void)prctl(PR_SET_TIMERSLACK, 1);
        diecast::pace::takeShortSlice();
        writeClocks(counters);
        std::printf("%d\n", memory.fd());
        std::fflush(stdout);
        diecast::pulse::tryCores(cores, trialInterval(cores.size()));
        for (RealTime due = realNow(); inputIsOpen();) {
            due += interval;
            diecast::pace::sleepUntil(due);
            const RealTime now = realNow();
            recordWaits(counters.lateness, now - due);
            writeClocks(counters);
            // Those that it slept through are counted, and not made up for.
            if (due < now) due = now;
        }
        // The threads never end, and write to the memory, which is to be there until they do.
        std::_Exit(0);
    } catch (const diecast::pace::SetupError& error) {
        std::fprintf(stderr, "diecast-pulse: %s\n", error.what());
        return 1;
    }
}
