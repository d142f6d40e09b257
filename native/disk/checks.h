// What every model asks of a request.
#pragma once

#include <stdexcept>
#include <string>

#include "model.h"

namespace diecast::disk {

// Throws std::invalid_argument; `latestNs` is the latest time the model has seen.
inline void checkRequest(const Request& request, std::int64_t capacityBlocks, TimeNs latestNs) {
    if (request.arrivalNs < latestNs) {
        throw std::invalid_argument("request " + std::to_string(request.id) + ": arrives at " +
                                    std::to_string(request.arrivalNs) + " ns, before " + std::to_string(latestNs) +
                                    " ns");
    }
    if (request.kind == Kind::Flush) return;
    if (request.blocks < 1 || request.lbn < 0 || request.lbn > capacityBlocks - request.blocks) {
        throw std::invalid_argument("request " + std::to_string(request.id) + ": blocks " +
                                    std::to_string(request.lbn) + " + " + std::to_string(request.blocks) +
                                    " are not on a device of " + std::to_string(capacityBlocks) + " blocks");
    }
}

}  // namespace diecast::disk
