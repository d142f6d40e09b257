#include "tsc_rate.h"

#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

namespace diecast::clock {

namespace {

struct Moment {
    std::int64_t ns;
    std::uint64_t ticks;
};

// Both clocks at one moment: of several tries, the one that was interrupted least.
Moment now() {
    constexpr int tries = 5;
    Moment best{};
    std::uint64_t bestGap = UINT64_MAX;
    for (int i = 0; i < tries; i++) {
        timespec ts{};
        const std::uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC, &ts);
        const std::uint64_t after = __rdtsc();
        if (after - before >= bestGap) continue;
        bestGap = after - before;
        best = {std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec, before + (after - before) / 2};
    }
    return best;
}

// Leaf 0x15: the counter runs at crystal frequency × EBX ÷ EAX. 0 if not all three are given.
std::uint64_t khzByCpuid() {
    unsigned denominator = 0, numerator = 0, crystalHz = 0, unused = 0;
    if (__get_cpuid(0x15, &denominator, &numerator, &crystalHz, &unused) == 0) return 0;
    if (denominator == 0 || numerator == 0) return 0;
    return std::uint64_t{crystalHz} * numerator / denominator / 1000;
}

std::uint64_t khzByMeasuring() {
    const Moment begin = now();
    const timespec pause{0, 20'000'000};
    (void)nanosleep(&pause, nullptr);  // shorter if interrupted, still true
    const Moment end = now();
    return (end.ticks - begin.ticks) * 1'000'000 / static_cast<std::uint64_t>(end.ns - begin.ns);
}

}  // namespace

std::uint64_t tscKhz() {
    const std::uint64_t khz = khzByCpuid();
    return khz != 0 ? khz : khzByMeasuring();
}

}  // namespace diecast::clock
