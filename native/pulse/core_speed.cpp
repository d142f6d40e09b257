#include "pulse/core_speed.h"

#include <algorithm>
#include <array>

#include "pace/clock_reader.h"

namespace diecast::pulse {
namespace {

constexpr unsigned words = 48;
constexpr unsigned rounds = 80;
constexpr std::uint64_t steps = words * rounds;
// Of them the median counts: an interrupt or another program's turn meets one.
constexpr unsigned segments = 5;

void loadAndStore(std::array<std::uint64_t, words>& memory) noexcept {
    for (std::uint64_t round = 0; round < rounds; round++) {
        for (std::uint64_t& word : memory) {
            word += round;
            // Neither several at once in a vector register, nor none at all.
            asm volatile("" : "+m"(word));
        }
    }
}

}  // namespace

std::uint64_t stepsPerSecond() noexcept {
    std::array<std::uint64_t, words> memory{};
    // After whatever else has run here the first time is to fetch code and data.
    loadAndStore(memory);
    std::array<std::int64_t, segments> took{};
    auto begin = pace::realNow();
    for (auto& ns : took) {
        loadAndStore(memory);
        const auto end = pace::realNow();
        ns = (end - begin).count();
        begin = end;
    }
    std::nth_element(took.begin(), took.begin() + segments / 2, took.end());
    const auto median = std::max<std::int64_t>(took[segments / 2], 1);
    return steps * 1'000'000'000 / static_cast<std::uint64_t>(median);
}

}  // namespace diecast::pulse
