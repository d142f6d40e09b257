// The requests that wait for a drive, and which is next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "model.h"

namespace diecast::disk {

// Requests are numbered as they come; of equal ones the earliest is next. A flush waits for nobody: it is about writes
// that were completed before it came, so it is next once it is here.
class Waiting {
  public:
    // `window`: how many requests the drive can choose from, for the order that only a drive can work out (Sptf).
    Waiting(Scheduler scheduler, unsigned window) : scheduler_(scheduler), window_(window == 0 ? 1 : window) {}

    bool empty() const noexcept { return byArrival_.empty(); }
    void add(const Request& request);
    // Removes the next one. `positioningNs` is asked only where the scheduler needs it. Not when empty.
    template <typename PositioningNs>
    Request take(PositioningNs&& positioningNs) {
        const std::uint64_t number = scheduler_ == Scheduler::Sptf && flushes_.empty()
                                         ? nearestInTime(std::forward<PositioningNs>(positioningNs))
                                         : choose();
        return remove(number);
    }

  private:
    std::uint64_t choose() const;
    std::uint64_t nearestInTime(const std::function<TimeNs(const Request&)>& positioningNs) const;
    Request remove(std::uint64_t number);
    bool sortsByLbn() const noexcept { return scheduler_ == Scheduler::CLook || scheduler_ == Scheduler::Sstf; }

    Scheduler scheduler_;
    unsigned window_;
    std::uint64_t numbered_ = 0;
    std::map<std::uint64_t, Request> byArrival_;
    std::set<std::pair<Lbn, std::uint64_t>> byLbn_;
    std::set<std::uint64_t> flushes_;
    Lbn last_ = 0;  // where the last one taken begins
};

}  // namespace diecast::disk
