// A mechanical drive with its queue.
#pragma once

#include <memory>

#include "drive_parameters.h"
#include "model.h"

namespace diecast::disk {

std::unique_ptr<Model> makeMechanical(const DriveParameters& parameters);

}  // namespace diecast::disk
