// How long a core's caches keep what has not been used for a while.
#pragma once

#include <cstddef>
#include <vector>

#include "pace/time.h"

namespace diecast::pulse {

// As much as a first cache has room for beside other things: 24 KiB, in lines of 64 bytes, each of which says where the
// next one is. The processor knows where to only when it has the line, so nothing is fetched ahead, and how long one
// pass through them takes tells where they were: nearby, or, on a machine that others use as well, in memory once more
// after some hundred milliseconds.
class ColdLines {
  public:
    static constexpr std::size_t lines = 384;
    // Of which the median counts: an interrupt meets one.
    static constexpr std::size_t segments = 3;
    static_assert(lines % segments == 0);

    ColdLines();
    // Each line has another one's address.
    ColdLines(const ColdLines&) = delete;
    ColdLines& operator=(const ColdLines&) = delete;

    // How long one pass takes.
    pace::Duration pass() noexcept;

  private:
    struct alignas(64) Line {
        const Line* next;
    };

    std::vector<Line> lines_;
};

}  // namespace diecast::pulse
