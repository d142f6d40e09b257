// Random numbers that are the same on every machine for the same seed: the C++ library's distributions are not.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace diecast::net {

// xoshiro256++ (Blackman and Vigna 2019), seeded by SplitMix64 as its authors advise.
class Random {
  public:
    // Each (seed, stream) gives a sequence of its own.
    Random(std::uint64_t seed, std::uint64_t stream) noexcept {
        std::uint64_t x = seed;
        x = mixed(x) ^ stream * 0xd1342543de82ef95ull;
        for (auto& word : state_) word = mixed(x);
    }

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // In [0, 1).
    double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

    // What cannot happen takes no number, so that setting another probability does not change this one's course.
    bool chance(double probability) noexcept { return probability > 0 && uniform() < probability; }

    // Mean 0, standard deviation 1 (Marsaglia's polar method; its second value is not kept, so that a sequence
    // depends on nothing but how many values were taken).
    double normal() noexcept {
        while (true) {
            const double x = 2 * uniform() - 1;
            const double y = 2 * uniform() - 1;
            const double square = x * x + y * y;
            if (square > 0 && square < 1) return x * std::sqrt(-2 * std::log(square) / square);
        }
    }

    // Mean 1.
    double exponential() noexcept { return -std::log1p(-uniform()); }

  private:
    static std::uint64_t mixed(std::uint64_t& x) noexcept {
        std::uint64_t z = x += 0x9e3779b97f4a7c15ull;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ z >> 27) * 0x94d049bb133111ebull;
        return z ^ z >> 31;
    }

    std::array<std::uint64_t, 4> state_{};
};

}  // namespace diecast::net
