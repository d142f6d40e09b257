#include "ending.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "clock/process_tree.h"

namespace diecast::launch {

namespace {

constexpr auto grace = std::chrono::milliseconds(100);
// A tree that keeps forking is looked through again and again: each process found dead was its children's last parent
// but us.
constexpr auto nextLook = std::chrono::milliseconds(1);

void signalDescendants(int signal) {
    for (const pid_t pid : clock::descendantsOf(getpid())) (void)::kill(pid, signal);  // may be gone by now
}

}  // namespace

void Ending::begin() {
    if (begun()) return;
    phase_ = Phase::Grace;
    next_ = Clock::now() + grace;
}

void Ending::kill() {
    if (killing()) return;
    phase_ = Phase::Killing;
    next_ = Clock::now();
}

std::optional<Ending::Clock::time_point> Ending::deadline() const {
    return begun() ? std::optional(next_) : std::nullopt;
}

void Ending::tick() {
    if (!begun() || Clock::now() < next_) return;
    switch (phase_) {
        case Phase::NotBegun:
            return;
        case Phase::Grace:
            signalDescendants(SIGTERM);
            phase_ = Phase::Terminating;
            next_ = Clock::now() + grace;
            return;
        case Phase::Terminating:
            phase_ = Phase::Killing;
            [[fallthrough]];
        case Phase::Killing:
            signalDescendants(SIGKILL);
            next_ = Clock::now() + nextLook;
            return;
    }
}

void killDescendants(const std::vector<pid_t>& spared) {
    while (true) {
        while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
        }
        bool any = false;
        for (const pid_t pid : clock::descendantsOf(getpid())) {
            const auto spares = [pid](pid_t one) { return clock::descendsFrom(pid, one); };
            if (std::ranges::any_of(spared, spares)) continue;
            (void)::kill(pid, SIGKILL);  // may be gone by now
            any = true;
        }
        if (!any) return;
        const timespec pause{0, std::chrono::nanoseconds(nextLook).count()};
        (void)nanosleep(&pause, nullptr);
    }
}

}  // namespace diecast::launch
