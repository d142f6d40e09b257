// One direction of a link: queue, wire, distance.
#pragma once

#include <cstdint>
#include <optional>

#include "counters.h"
#include "jitter.h"
#include "loss.h"
#include "parameters.h"
#include "queue.h"
#include "random.h"

namespace diecast::net {

// What Ethernet adds to a frame on the wire: preamble 8, checksum 4, gap 12 bytes; and the least a frame has.
constexpr std::uint64_t wireExtraBytes = 24;
constexpr std::uint64_t leastFrameBytes = 60;

constexpr std::uint64_t wireBytes(std::uint64_t frameBytes) noexcept {
    return (frameBytes < leastFrameBytes ? leastFrameBytes : frameBytes) + wireExtraBytes;
}

// What becomes of a packet, decided when it enters: it needs no further look until it arrives.
struct Passage {
    // None: it is dropped here. Two: it is duplicated.
    std::optional<VirtualTime> arrival;
    std::optional<VirtualTime> copyArrival;
    bool mark = false;
    std::optional<std::uint64_t> corruptBit;  // modulo the number of bits
};

// A model: knows neither clocks nor packets' contents. Packets keep the course they were given when parameters change.
class Pipe {
  public:
    // `counters` outlives it.
    Pipe(const Parameters& parameters, std::uint64_t seed, std::uint64_t index, PipeCounters& counters)
        : parameters_(parameters), lossRandom_(seed, 2 * index), random_(seed, 2 * index + 1), counters_(&counters) {}

    // `now` is when the packet reaches the pipe in the model, however late it is looked at.
    Passage enter(VirtualTime now, std::uint64_t frameBytes, bool understandsEcn);

    void change(const Parameters& parameters) { parameters_ = parameters; }
    // Brings the counters of the queue up to date.
    void settle(VirtualTime now) noexcept;

  private:
    // When the packet will have been sent.
    VirtualTime occupyWire(VirtualTime now, std::uint64_t frameBytes);
    VirtualTime travel(VirtualTime sent);

    Parameters parameters_;
    // Loss has a sequence of its own: whether the nth packet is lost does not depend on jitter and the like.
    Random lossRandom_;
    Random random_;
    LossProcess loss_;
    Queue queue_;
    PipeCounters* counters_;
    VirtualTime wireFree_{};
    double wireFreeFraction_ = 0;  // of a nanosecond, so that rounding does not add up
    VirtualTime lastArrival_{};
};

}  // namespace diecast::net
