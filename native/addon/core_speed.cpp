#include <time.h>

#include <cstdint>

#include "addon/bindings.h"

namespace diecast::addon {
namespace {

// About 20 ms on a core of 2020. Changing the loop or its length makes recorded speeds incomparable: then bump
// CALIBRATION_VERSION in src/host/core_speed.ts.
constexpr std::uint64_t steps = 10'000'000;

// A chain of dependent shifts and a multiplication (Vigna's xorshift64*): no memory, no vectors, nothing that one
// compiler would do away with and another not.
std::uint64_t chain(std::uint64_t state) {
    for (std::uint64_t i = 0; i < steps; i++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state *= 0x2545f4914f6cdd1d;
    }
    return state;
}

// Steps a second of processor time: what other programs take from the core does not count.
Napi::Value coreSpeed(const Napi::CallbackInfo& info) {
    timespec begin{};
    timespec end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    volatile std::uint64_t result = chain(0x9e3779b97f4a7c15);
    (void)result;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    const double seconds =
        static_cast<double>(end.tv_sec - begin.tv_sec) + static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e9;
    return Napi::Number::New(info.Env(), static_cast<double>(steps) / seconds);
}

}  // namespace

void exportCoreSpeed(Napi::Env env, Napi::Object exports) {
    exports["coreSpeed"] = Napi::Function::New(env, coreSpeed, "coreSpeed");
}

}  // namespace diecast::addon
