// So much per second of real time, and a reserve for a burst.
#pragma once

#include <algorithm>

#include "names.h"

namespace diecast::net {

class Budget {
  public:
    constexpr Budget(double perSecond, double burst) noexcept : perSecond_(perSecond), burst_(burst), left_(burst) {}

    // False: used up. What is taken at once may be more than is left; it is then owed.
    bool take(double amount, RealTime now) noexcept {
        const double seconds = std::chrono::duration<double>(now - since_).count();
        left_ = std::min(left_ + seconds * perSecond_, burst_);
        since_ = now;
        if (left_ <= 0) return false;
        left_ -= amount;
        return true;
    }

  private:
    double perSecond_;
    double burst_;
    double left_;
    RealTime since_{};
};

}  // namespace diecast::net
