// Takes a line from the library apart.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace diecast::pace {

// A line that is not what the library writes.
struct ProtocolError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] inline void reject(std::string_view what, const char* expected) {
    throw ProtocolError("expected " + std::string(expected) + ", found '" + std::string(what) + "'");
}

// What comes before `separator`; `text` becomes the rest.
inline std::string_view cut(std::string_view& text, char separator = ' ') {
    const auto end = text.find(separator);
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return word;
}

template <typename Number>
Number parseNumber(std::string_view text, const char* expected, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    // Not a number compares false.
    if (error != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most))
        reject(text, expected);
    return value;
}

inline std::uint64_t parseId(std::string_view text) {
    return parseNumber<std::uint64_t>(text, "a number", 0, UINT64_MAX);
}

// An index into a list of `size`.
inline std::uint32_t parseIndex(std::string_view text, std::size_t size) {
    if (size == 0) reject(text, "nothing: the list is empty");
    return parseNumber<std::uint32_t>(text, "an index into a list sent before", 0,
                                      static_cast<std::uint32_t>(size - 1));
}

}  // namespace diecast::pace
