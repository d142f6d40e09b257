// Memory that the library reads while this process writes.
#pragma once

#include <cstddef>

#include "clock/fd.h"

namespace diecast::pace {

// Owns a memfd and its mapping, zeroed.
class SharedMemory {
  public:
    // Throws SetupError.
    explicit SharedMemory(std::size_t bytes);
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    int fd() const noexcept { return fd_.get(); }
    void* data() const noexcept { return data_; }

  private:
    clock::Fd fd_;
    std::size_t bytes_;
    void* data_;
};

}  // namespace diecast::pace
