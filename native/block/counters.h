// The counters, in a memfd that the library reads while this process writes (src/host/disks/counters.ts has the same
// layout): asking for them costs the requests under way nothing. All are 64-bit words; whoever changes the layout
// raises the version.
#pragma once

#include <cstdint>

#include "pace/histogram.h"

namespace diecast::block {

// Of one disk. Requests that bypassed the model are counted apart and in nothing else but errors.
struct DiskCounters {
    std::uint64_t reads;
    std::uint64_t readBytes;
    std::uint64_t writes;
    std::uint64_t writtenBytes;
    std::uint64_t flushes;
    std::uint64_t discards;
    std::uint64_t discardedBytes;
    std::uint64_t serviceVirtualNs;   // sum: from when the drive took the request to its completion, by the model
    std::uint64_t responseVirtualNs;  // sum: from arrival to completion, by the model
    std::uint64_t queueVirtualNs;     // sum over time of the requests under way; ÷ time it is their mean number
    std::uint64_t busyVirtualNs;      // time with a request under way
    std::uint64_t underWay;
    std::uint64_t bypassed;
    std::uint64_t errors;             // requests that the host failed, bypassed ones too
    std::uint64_t ioLate;             // replies that had to wait for the backing file beyond their deadline
    std::uint64_t lateRealNs;         // sum: replies after their deadline
    pace::LatenessCounters lateness;  // of replies, real time: a slow drive's must not hide a fast one's
};

struct CountersHeader {
    static constexpr std::uint64_t theMagic = 0x316b6c6244ull;  // "Dblk1"
    static constexpr std::uint64_t theVersion = 3;

    std::uint64_t magic;
    std::uint64_t version;
    std::uint64_t disks;
    std::uint64_t cpuRealNs;
    std::uint64_t pathRealNs;                // that a request takes to a disk without a model and back
    pace::LatenessCounters lateness;         // of all disks' replies, real time
    pace::LatenessCounters responseVirtual;  // by the model
    // Behind it: DiskCounters[disks].
};

}  // namespace diecast::block
