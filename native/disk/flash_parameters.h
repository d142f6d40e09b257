// The figures of a flash drive, as models/disks has them; all times in ns.
#pragma once

#include <cstdint>
#include <vector>

#include "model.h"

namespace diecast::disk {

struct FlashParameters {
    std::int64_t capacityBlocks = 0;
    std::int32_t channels = 1;
    std::int32_t diesPerChannel = 1;
    std::int32_t planesPerDie = 1;  // they read and program together
    std::int64_t pageBytes = 16384;
    std::int32_t pagesPerBlock = 256;
    double overProvisioning = 0.07;  // flash beyond the capacity, as a share of it
    // By the place of a page in its word line (LSB, CSB, MSB): pages take them in turn.
    std::vector<TimeNs> readNs;
    TimeNs programNs = 0;
    TimeNs eraseNs = 0;
    TimeNs suspendNs = 0;  // to interrupt a program or erase for a read; 0: the read waits
    std::int64_t channelBytesPerSecond = 0;
    std::int64_t linkBytesPerSecond = 0;  // to the host, in each direction
    TimeNs commandNs = 0;                 // the controller is busy for so long with each command
    TimeNs readLatencyNs = 0;             // more, without keeping others from it
    TimeNs writeLatencyNs = 0;
    std::int64_t writeBufferBytes = 0;
    bool powerLossProtection = false;  // what is in the buffer counts as written
    double collectBelowFree = 0.05;    // garbage is collected on a die while less of it is free
    unsigned queueDepth = 32;
};

}  // namespace diecast::disk
