// The parts of a flash drive that do one thing at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model.h"

namespace diecast::disk {

// Serves in the order of asking; asked in the order of time.
class Server {
  public:
    // Returns when it is done with something that may begin at `atNs` and takes so long.
    TimeNs serve(TimeNs atNs, TimeNs ns) noexcept {
        freeNs_ = std::max(freeNs_, atNs) + ns;
        return freeNs_;
    }
    TimeNs freeNs() const noexcept { return freeNs_; }

  private:
    TimeNs freeNs_ = 0;
};

// Moves bytes; what is left of a nanosecond is kept, so that a stream has the exact rate.
class Wire {
  public:
    explicit Wire(std::int64_t bytesPerSecond) : nsPerByte_(1e9 / static_cast<double>(bytesPerSecond)) {}

    TimeNs send(TimeNs atNs, std::int64_t bytes) noexcept {
        free_ = std::max(free_, static_cast<double>(atNs)) + static_cast<double>(bytes) * nsPerByte_;
        return static_cast<TimeNs>(free_ + 0.5);
    }

  private:
    double nsPerByte_;
    double free_ = 0;
};

// A die reads or programs. A read may interrupt programs and erases, which then end later.
class FlashDie {
  public:
    explicit FlashDie(TimeNs suspendNs) : suspendNs_(suspendNs) {}

    TimeNs read(TimeNs atNs, TimeNs ns) noexcept {
        TimeNs startNs = std::max(atNs, readsEndNs_);
        if (startNs < worksEndNs_) {
            if (suspendNs_ == 0) {
                startNs = worksEndNs_;
            } else {
                startNs += suspendNs_;
                worksEndNs_ += suspendNs_ + ns;
            }
        }
        readsEndNs_ = startNs + ns;
        return readsEndNs_;
    }

    TimeNs work(TimeNs atNs, TimeNs ns) noexcept {
        worksEndNs_ = std::max({atNs, readsEndNs_, worksEndNs_}) + ns;
        return worksEndNs_;
    }

  private:
    TimeNs suspendNs_;
    TimeNs readsEndNs_ = 0;
    TimeNs worksEndNs_ = 0;
};

}  // namespace diecast::disk
