// What a disk's contents are kept in: a sparse file of the host that nobody else can open and that is gone with its
// last descriptor.
#pragma once

#include <cstdint>
#include <string>

#include "clock/fd.h"
#include "request.h"

namespace diecast::block {

// Reads and writes go through the host's page cache: the time that a request takes is the model's, and what the cache
// holds is there as soon as it is written. It outlives the death of any process; only the host's own crash loses it,
// and that ends the run as well. So a flush need not wait for the host's disk.
class Backing {
  public:
    // Throws SetupError: there is no such directory, or too little room in it for this disk alone. It is not taken yet:
    // others may want the same room, and whoever comes last finds the host full.
    Backing(const std::string& directory, std::uint64_t bytes);

    int fd() const noexcept { return fd_.get(); }

    // Does what is asked; returns 0 or an errno; EOPNOTSUPP for a discard that the host's file system cannot do.
    int perform(const Request& request) const noexcept;
    // The same if it takes no waiting for the host's disk. False: it would, or it is not known.
    bool performAtOnce(const Request& request) const noexcept;

  private:
    clock::Fd fd_;
};

}  // namespace diecast::block
