// Sending what a read asked for to the host, sector by sector, as the medium delivers it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model.h"

namespace diecast::disk {

// The bus sends sectors in order, each in the same time, and never idles while one is there. So it ends at the latest
// of "this sector is there, and then all from it on are sent"; within an even stream only the first and last can be
// that.
class ReadBus {
  public:
    ReadBus() = default;
    // `buffered`: how many sectors may be read from the medium ahead of what is sent.
    ReadBus(Lbn first, std::int64_t blocks, TimeNs sectorNs, TimeNs startNs, std::int64_t buffered)
        : first_(first),
          blocks_(blocks),
          sectorNs_(sectorNs),
          buffered_(buffered),
          doneNs_(startNs + blocks * sectorNs) {
        if (blocks > buffered) sentNs_.reserve(static_cast<std::size_t>(blocks));
        lastSentNs_ = startNs;
    }

    // Whether each sector has to be told of by itself, in order: the request does not fit in the buffer.
    bool exact() const noexcept { return blocks_ > buffered_; }

    void available(Lbn lbn, TimeNs atNs) {
        if (lbn >= first_ + blocks_) return;
        doneNs_ = std::max(doneNs_, atNs + (first_ + blocks_ - lbn) * sectorNs_);
        if (exact()) {
            lastSentNs_ = std::max(lastSentNs_, atNs) + sectorNs_;
            sentNs_.push_back(lastSentNs_);
        }
    }

    // From when on the buffer has room for a sector.
    TimeNs roomNs(Lbn lbn) const noexcept {
        const std::int64_t sent = lbn - buffered_ - first_;  // has to be sent by then
        if (sent < 0) return 0;
        if (sent >= blocks_) return doneNs_;
        if (static_cast<std::size_t>(sent) < sentNs_.size()) return sentNs_[static_cast<std::size_t>(sent)];
        return doneNs_ - (blocks_ - 1 - sent) * sectorNs_;
    }

    Lbn end() const noexcept { return first_ + blocks_; }
    // The last sector that is read without asking for room.
    Lbn roomUntil() const noexcept { return first_ + buffered_; }
    TimeNs doneNs() const noexcept { return doneNs_; }

  private:
    Lbn first_ = 0;
    std::int64_t blocks_ = 0;
    TimeNs sectorNs_ = 0;
    std::int64_t buffered_ = 0;
    TimeNs doneNs_ = 0;
    TimeNs lastSentNs_ = 0;
    std::vector<TimeNs> sentNs_;
};

}  // namespace diecast::disk
