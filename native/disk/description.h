// Descriptions of drives as lines of text: what src/disk/describe.ts writes from a checked file of models/disks.
//
// A line is a word and its values. The first is `model mechanical`, `model flash` or `model simple`; the order of the
// others is free, but for zones, which come in ascending order. Times are whole nanoseconds.
#pragma once

#include <string_view>

#include "drive_parameters.h"
#include "flash_parameters.h"
#include "simple.h"

namespace diecast::disk {

// A line that cannot be used is std::invalid_argument. Whether the figures make sense together is src/disk's to check.
DriveParameters parseDrive(std::string_view lines);
FlashParameters parseFlash(std::string_view lines);
SimpleParameters parseSimple(std::string_view lines);

}  // namespace diecast::disk
