#include "pulse/cold_lines.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

#include "pace/clock_reader.h"

namespace diecast::pulse {

ColdLines::ColdLines() : lines_(lines) {
    // The same for all: an order that hardware does not guess is as good as another.
    std::minstd_rand random;
    std::vector<std::size_t> order(lines);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t i = 0; i < lines; i++) lines_[order[i]].next = &lines_[order[(i + 1) % lines]];
}

pace::Duration ColdLines::pass() noexcept {
    const Line* line = lines_.data();
    std::array<pace::Duration, segments> took{};
    auto begin = pace::realNow();
    for (pace::Duration& segment : took) {
        for (std::size_t i = 0; i < lines / segments; i++) {
            line = line->next;
            // Each is waited for.
            asm volatile("" : "+r"(line));
        }
        const auto end = pace::realNow();
        segment = end - begin;
        begin = end;
    }
    std::nth_element(took.begin(), took.begin() + segments / 2, took.end());
    return took[segments / 2] * static_cast<int>(segments);
}

}  // namespace diecast::pulse
