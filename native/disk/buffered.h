// A mechanical drive with a write buffer, and its queue.
#pragma once

#include <memory>

#include "drive_parameters.h"
#include "model.h"

namespace diecast::disk {

// Only with parameters.writeBuffer.
std::unique_ptr<Model> makeBuffered(const DriveParameters& parameters);

}  // namespace diecast::disk
