// Disks for those who want no drive: a constant time and a bandwidth, or nothing at all.
#pragma once

#include <cstdint>
#include <memory>

#include "model.h"

namespace diecast::disk {

struct SimpleParameters {
    std::int64_t capacityBlocks = INT64_MAX / blockBytes;
    TimeNs latencyNs = 0;             // of each request, whatever others do
    std::int64_t bytesPerSecond = 0;  // of all together; 0: without bound
    unsigned queueDepth = 32;
};

std::unique_ptr<Model> makeSimple(const SimpleParameters& parameters);

}  // namespace diecast::disk
