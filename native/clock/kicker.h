// Makes a tree follow a change of the mapping: waits under way are computed anew, and kernel timers moved.
//
// A wait under way is either about to begin or has begun, in the few instructions between dc_wait_begin and dc_wait_end
// (guest/wait.S). Each thread that may be there is stopped, sent back to the beginning or told that its wait was
// kicked, and let go. No signal is used, so a guest cannot notice. Then come the timers that the kernel runs by itself.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rearm.h"
#include "supervisor_events.h"
#include "timerfds.h"

namespace diecast::clock {

// One per tree. Nothing blocks: stops come in by onStop(), and tick() looks after what takes its time. One kick is
// served at a time.
class Kicker {
  public:
    using Clock = std::chrono::steady_clock;

    // `root` is the process whose descendants are the tree. `busy` tells of threads attached for an exec or about to
    // begin their program; neither is in a wait.
    Kicker(pid_t root, const dc_clock_page& page, std::function<bool(pid_t)> busy, SupervisorEvents& events);

    // Reported by SupervisorEvents::kicked when done.
    void kick(std::uint64_t id);

    // The tree's first program is about to begin: nothing in it has waited or set a timer by an earlier mapping.
    void follow();

    // Attached by us.
    bool holds(pid_t tid) const;
    // A held thread is in a stop, other than for an exec; `signal` is what for, 0 if for none.
    void onStop(pid_t tid, int signal);
    // The thread is gone, or has become another program.
    void forget(pid_t tid);

    std::optional<Clock::time_point> deadline() const;
    void tick();

  private:
    // A mapping, and the page's count of changes that made it.
    struct Mapping {
        dc_mapping mapping;
        std::uint32_t generation;
    };
    static Mapping readMapping(const dc_clock_page& page);

    struct Job {
        std::uint64_t id;
        Mapping mapping;
        std::vector<pid_t> processes;
        std::unordered_map<pid_t, Clock::time_point> stopping;  // asked to stop, and when
        std::unordered_map<pid_t, pid_t> postponed;             // threads to be looked at again: their process
        std::unordered_map<pid_t, int> looks;                   // how often that has been
        bool timersBegun = false;
        std::deque<pid_t> rearms;  // processes whose own timers are still to be moved
        std::optional<Rearm> rearm;
    };

    void begin(std::uint64_t id);
    void consider(pid_t process, pid_t tid);
    void postpone(pid_t process, pid_t tid);
    void onWaiterStop(StoppedThread& thread, int signal);
    void advance();
    void beginTimers();
    bool beginRearm();
    void report(pid_t tid);

    pid_t root_;
    const dc_clock_page& page_;
    std::function<bool(pid_t)> busy_;
    SupervisorEvents& events_;
    Mapping followed_;  // what kernel timers are set by
    std::deque<std::uint64_t> waiting_;
    std::optional<Job> job_;
    std::unordered_set<pid_t> lingering_;  // asked to stop for a job that no longer waits for it
    Clock::time_point next_{};
};

}  // namespace diecast::clock
