#include "pace/shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "pace/setup_error.h"

namespace diecast::pace {

SharedMemory::SharedMemory(std::size_t bytes) : fd_(memfd_create("diecast-counters", MFD_CLOEXEC)), bytes_(bytes) {
    if (!fd_ || ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0)
        throw SetupError::system(errno, "cannot make memory for the counters (memfd_create)");
    data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (data_ == MAP_FAILED) throw SetupError::system(errno, "cannot map the counters");
}

SharedMemory::~SharedMemory() {
    munmap(data_, bytes_);
}

}  // namespace diecast::pace
