// Which packets a wire loses.
#pragma once

#include "parameters.h"
#include "random.h"

namespace diecast::net {

class LossProcess {
  public:
    // The state moves with each packet, before its fate is drawn.
    bool loses(const Loss& loss, Random& random) noexcept {
        if (loss.toBad > 0 || bad_) bad_ = bad_ ? !random.chance(loss.toGood) : random.chance(loss.toBad);
        return random.chance(bad_ ? loss.inBad : loss.inGood);
    }

  private:
    bool bad_ = false;
};

}  // namespace diecast::net
