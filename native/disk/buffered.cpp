#include "buffered.h"

#include "buffered_drive.h"

namespace diecast::disk {

std::unique_ptr<Model> makeBuffered(const DriveParameters& parameters) {
    return std::make_unique<BufferedDrive>(parameters);
}

}  // namespace diecast::disk
