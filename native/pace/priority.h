// Precedence of this process over what guests do. It is not needed to work, only to be on time.
#pragma once

#include "pace/time.h"

namespace diecast::pace {

// Processor time of this process so far.
Duration processorTime() noexcept;

// The lowest real-time priority where that is permitted, else the most of the usual scheduler's.
//
// The kernel halts real-time processes that take more than 95 % of a second, for the rest of it
// (/proc/sys/kernel/sched_rt_runtime_us): 50 ms in which no packet moves. So while this one is nearly as busy as that
// it has itself scheduled as usual.
class Precedence {
  public:
    // Also keeps memory from being paged out.
    Precedence() noexcept;

    bool realTime() const noexcept { return permitted_; }
    // Call now and then.
    void follow(RealTime now) noexcept;

  private:
    bool permitted_;
    bool usual_ = false;
    RealTime next_{};
    RealTime since_{};
    Duration used_{};
};

// As many open files as the hard limit allows: three for each guest.
void raiseFileLimit() noexcept;

}  // namespace diecast::pace
