// Reading lines of words and numbers.
#pragma once

#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace diecast::disk {

// Cuts the text up to a separator off the front.
inline std::string_view cutAt(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return piece;
}

inline std::string_view nextWord(std::string_view& line) {
    const std::string_view word = cutAt(line, ' ');
    if (word.empty()) throw std::invalid_argument("description: a value is missing");
    return word;
}

template <typename Number>
Number nextNumber(std::string_view& line) {
    const std::string_view word = nextWord(line);
    Number number{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) {
        throw std::invalid_argument("description: expected a number, got \"" + std::string(word) + "\"");
    }
    return number;
}

inline bool nextFlag(std::string_view& line) {
    return nextNumber<int>(line) != 0;
}

}  // namespace diecast::disk
