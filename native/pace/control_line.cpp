#include "pace/control_line.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace diecast::pace {

namespace {

const char* nameOf(SetupError::Code code) {
    switch (code) {
        case SetupError::Code::Permission:
            return "permission";
        case SetupError::Code::Unsupported:
            return "unsupported";
        case SetupError::Code::Failed:
            break;
    }
    return "failed";
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c >= 0x20 && c < 0x7f ? c : '?';
    }
    return result + "\"";
}

std::optional<std::vector<std::string>> ControlLine::receive(bool wait) {
    std::array<char, 65536> piece;
    std::vector<std::string> lines;
    const ssize_t n = recv(fd_.get(), piece.data(), piece.size(), wait ? 0 : MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return lines;
    if (n <= 0) return std::nullopt;
    unread_.append(piece.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1)
        lines.push_back(unread_.substr(begin, end - begin));
    unread_.erase(0, begin);
    return lines;
}

bool ControlLine::connected() const noexcept {
    pollfd line{fd_.get(), POLLRDHUP, 0};
    return poll(&line, 1, 0) == 0;
}

void ControlLine::send(std::string line) {
    line += '\n';
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t n = ::send(fd_.get(), line.data() + done, line.size() - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;  // its end is noticed by receive()
        done += static_cast<std::size_t>(n);
    }
}

void ControlLine::failed(const SetupError& error) {
    send(R"({"event":"failed","code":")" + std::string(nameOf(error.code)) + R"(","message":)" + quoted(error.what()) +
         R"(,"remedy":)" + (error.remedy.empty() ? "null" : quoted(error.remedy)) + "}");
}

void ControlLine::warning(std::string_view message) {
    send(R"({"event":"warning","message":)" + quoted(message) + "}");
}

void ControlLine::done(std::uint64_t id) {
    send(R"({"event":"done","id":)" + std::to_string(id) + "}");
}

}  // namespace diecast::pace
