// A flash drive: controller, channels, dies, write buffer.
#pragma once

#include <memory>

#include "flash_parameters.h"
#include "model.h"

namespace diecast::disk {

std::unique_ptr<Model> makeFlash(const FlashParameters& parameters);

}  // namespace diecast::disk
