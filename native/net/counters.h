// The counters, in a memfd that the library reads while the core writes (src/host/links/counters.ts has the same
// layout): asking for them costs the packets on their way nothing. All are 64-bit words; whoever changes the layout
// raises the version.
#pragma once

#include <cstdint>

#include "names.h"

namespace diecast::net {

struct PipeCounters {
    std::uint64_t packets;    // put on the wire, also those then lost on it
    std::uint64_t wireBytes;  // of these, with preamble, checksum and gap
    std::uint64_t queuePackets;
    std::uint64_t queueBytes;
    std::uint64_t marked;
    std::uint64_t droppedQueue;
    std::uint64_t droppedRed;
    std::uint64_t droppedLoss;
    std::uint64_t droppedDown;
    std::uint64_t duplicated;
    std::uint64_t corrupted;
    std::uint64_t reordered;
};

// As the guest sees it.
struct PortCounters {
    std::uint64_t sentPackets;
    std::uint64_t sentBytes;
    std::uint64_t receivedPackets;
    std::uint64_t receivedBytes;
    std::uint64_t refused;   // its device would not take them, or memory for its packets had run out
    std::uint64_t overflow;  // it sent faster than they were taken from the device: counted by the kernel
};

struct CountersHeader {
    static constexpr std::uint64_t theMagic = 0x31746e4443ull;  // "CDnt1"
    static constexpr std::uint64_t theVersion = 1;

    std::uint64_t magic;
    std::uint64_t version;
    std::uint64_t pipes;
    std::uint64_t ports;
    std::uint64_t cpuRealNs;
    LatenessCounters lateness;
    // Behind it: PipeCounters[pipes], PortCounters[ports].
};

}  // namespace diecast::net
