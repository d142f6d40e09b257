// The memory that counters are kept in.
#pragma once

#include <cstddef>

#include "clock/fd.h"
#include "counters.h"

namespace diecast::net {

// Owns a memfd and its mapping.
class CounterMemory {
  public:
    // Throws SetupError.
    CounterMemory(std::size_t pipes, std::size_t ports);
    CounterMemory(const CounterMemory&) = delete;
    CounterMemory& operator=(const CounterMemory&) = delete;
    ~CounterMemory();

    int fd() const noexcept { return fd_.get(); }
    CountersHeader& header() noexcept { return *header_; }
    PipeCounters* pipes() noexcept { return reinterpret_cast<PipeCounters*>(header_ + 1); }
    PortCounters* ports() noexcept { return reinterpret_cast<PortCounters*>(pipes() + header_->pipes); }

  private:
    clock::Fd fd_;
    std::size_t size_;
    CountersHeader* header_;
};

}  // namespace diecast::net
