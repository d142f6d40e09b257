#include "device_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "names.h"

namespace diecast::net {

namespace {

// Columns behind the name (net/core/net-procfs.c): eight of what was received, then bytes, packets, errors, drops of
// what was sent.
constexpr int sentDropsColumn = 8 + 3;

std::string_view nextWord(std::string_view& line) noexcept {
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return line = {};
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

DeviceFile::DeviceFile() : fd_(open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC)) {
    if (!fd_) throw SetupError::system(errno, "/proc/thread-self/net/dev");
}

std::uint64_t DeviceFile::dropped(const std::string& interface) const noexcept {
    std::array<char, 4096> text;
    const ssize_t n = pread(fd_.get(), text.data(), text.size(), 0);
    if (n <= 0) return 0;
    std::string_view rest(text.data(), static_cast<std::size_t>(n));
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::string_view name = nextWord(line);
        if (name.size() != interface.size() + 1 || !name.starts_with(interface) || name.back() != ':') continue;
        for (int column = 0; column < sentDropsColumn; column++) nextWord(line);
        const std::string_view word = nextWord(line);
        std::uint64_t value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value);
        return value;
    }
    return 0;
}

}  // namespace diecast::net
