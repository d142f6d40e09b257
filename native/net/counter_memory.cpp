#include "counter_memory.h"

#include <sys/mman.h>

#include <cerrno>

#include "names.h"

namespace diecast::net {

CounterMemory::CounterMemory(std::size_t pipes, std::size_t ports)
    : fd_(memfd_create("diecast-counters", MFD_CLOEXEC)),
      size_(sizeof(CountersHeader) + pipes * sizeof(PipeCounters) + ports * sizeof(PortCounters)) {
    if (!fd_ || ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
        throw SetupError::system(errno, "cannot make memory for the counters (memfd_create)");
    void* address = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (address == MAP_FAILED) throw SetupError::system(errno, "cannot map the counters");
    header_ = static_cast<CountersHeader*>(address);
    header_->magic = CountersHeader::theMagic;
    header_->version = CountersHeader::theVersion;
    header_->pipes = pipes;
    header_->ports = ports;
}

CounterMemory::~CounterMemory() {
    munmap(header_, size_);
}

}  // namespace diecast::net
