// Reading of option values, for both command lines of diecast-launch.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace diecast::launch {

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One option's name and value, as given.
struct Given {
    std::string_view name;
    std::string_view text;

    [[noreturn]] void reject(const char* expected) const {
        throw UsageError(std::string(name) + ": expected " + expected + ", found '" + std::string(text) + "'");
    }
};

template <typename Number>
std::optional<Number> parseNumber(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

template <typename Number>
Number numberOf(const Given& given, const char* expected, int base = 10) {
    const auto value = parseNumber<Number>(given.text, base);
    if (!value) given.reject(expected);
    return *value;
}

inline int descriptorOf(const Given& given) {
    const int fd = numberOf<int>(given, "a file descriptor");
    if (fd < 0) given.reject("a file descriptor");
    return fd;
}

}  // namespace diecast::launch
