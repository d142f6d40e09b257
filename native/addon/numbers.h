// Numbers of JavaScript as those of C++.
#pragma once

#include <napi.h>

#include <cstdint>

namespace diecast::addon {

inline std::uint64_t natural(const Napi::Value& value) {
    bool lossless = false;
    const std::uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
    if (!lossless) throw Napi::RangeError::New(value.Env(), "a number does not fit into 64 bits");
    return number;
}

}  // namespace diecast::addon
