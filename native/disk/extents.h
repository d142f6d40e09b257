// Sets of blocks, kept as runs of them.
#pragma once

#include <cstdint>
#include <map>

#include "model.h"

namespace diecast::disk {

// Runs that touch are one run. Everything here takes the time of a look-up among the runs, and of those it removes.
class Extents {
  public:
    using Runs = std::map<Lbn, Lbn>;  // first block, the block behind the last one

    bool empty() const noexcept { return runs_.empty(); }
    std::size_t count() const noexcept { return runs_.size(); }
    std::int64_t blocks() const noexcept { return blocks_; }
    const Runs& runs() const noexcept { return runs_; }

    // Returns how many blocks were not in the set before.
    std::int64_t insert(Lbn first, Lbn end);
    // Returns how many blocks were in the set.
    std::int64_t erase(Lbn first, Lbn end);
    // The first run that ends behind a block.
    Runs::const_iterator from(Lbn lbn) const;
    // All blocks from `lbn` up to the answer are in the set; `lbn` itself if it is not.
    Lbn heldUntil(Lbn lbn) const;
    bool touches(Lbn first, Lbn end) const;

  private:
    Runs runs_;
    std::int64_t blocks_ = 0;
};

}  // namespace diecast::disk
