// The packets that wait for a wire: how many there are, and whether one more may join them.
#pragma once

#include <cstdint>
#include <deque>

#include "parameters.h"
#include "random.h"

namespace diecast::net {

// Keeps no packets, only when each begins to be sent: first in, first out at a known rate makes that known on arrival.
class Queue {
  public:
    enum class Verdict { Join, JoinMarked, Full, Early };

    // What is asked when a packet comes.
    struct Arrival {
        VirtualTime now;
        VirtualTime wireFree;  // when the last packet before it will have been sent
        std::uint64_t bytes;   // of its frame
        bool understandsEcn;
        Duration usualSending;  // time to send a packet of usual size, for RED's idle periods
    };

    Verdict admit(const QueueLimits& limits, const Arrival& arrival, Random& random);
    // Notes an admitted packet that does not go on the wire at once.
    void join(VirtualTime begins, std::uint64_t bytes);
    // Forgets those on the wire by now.
    void settle(VirtualTime now) noexcept;

    std::uint64_t packets() const noexcept { return waiting_.size(); }
    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    enum class Early { No, Congested, Overfull };
    Early decideEarly(const QueueLimits& limits, const Red& red, const Arrival& arrival, Random& random);

    struct Waiting {
        VirtualTime begins;
        std::uint64_t bytes;
    };
    std::deque<Waiting> waiting_;
    std::uint64_t bytes_ = 0;
    double average_ = 0;
    double sinceLast_ = -1;  // packets since RED last chose one; -1 below its lower threshold
};

}  // namespace diecast::net
