#include "control.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "given.h"

namespace diecast::launch {

namespace {

// A JSON string. Bytes that are no UTF-8 (a file name may hold any) become '?', or the reader would refuse the line.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = byte < 0x80 ? 1 : byte >> 5 == 6 ? 2 : byte >> 4 == 14 ? 3 : byte >> 3 == 30 ? 4 : 0;
        bool whole = length > 0 && i + length <= text.size();
        for (std::size_t k = 1; whole && k < length; k++)
            whole = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
        if (!whole) {
            result += '?';
            i++;
            continue;
        }
        if (byte < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            result += escape;
        } else {
            if (byte == '"' || byte == '\\') result += '\\';
            result.append(text.substr(i, length));
        }
        i += length;
    }
    return result + "\"";
}

std::string signalName(int signal) {
    if (const char* name = sigabbrev_np(signal)) return std::string("SIG") + name;
    return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
}

std::optional<Control::Request> parseRequest(std::string_view line) {
    using Verb = Control::Request::Verb;
    constexpr std::pair<std::string_view, Verb> verbs[] = {
        {"kick ", Verb::Kick}, {"signal ", Verb::Signal}, {"kill ", Verb::Kill}, {"remount ", Verb::Remount}};
    for (const auto& [name, verb] : verbs) {
        if (!line.starts_with(name)) continue;
        if (const auto number = parseNumber<std::uint64_t>(line.substr(name.size())))
            return Control::Request{verb, *number};
    }
    return std::nullopt;
}

}  // namespace

void Control::send(const std::string& line) {
    if (!present()) return;
    const std::string whole = line + "\n";
    for (std::size_t done = 0; done < whole.size();) {
        const ssize_t n = write(fd_.get(), whole.data() + done, whole.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;  // its end is noticed by receive()
        done += static_cast<std::size_t>(n);
    }
}

void Control::started(pid_t pid) {
    send(R"({"event":"started","pid":)" + std::to_string(pid) + "}");
}

void Control::waiting(pid_t pid) {
    send(R"({"event":"waiting","pid":)" + std::to_string(pid) + "}");
}

void Control::ready(pid_t pid) {
    send(R"({"event":"ready","pid":)" + std::to_string(pid) + "}");
}

void Control::killed(std::uint64_t id) {
    send(R"({"event":"killed","id":)" + std::to_string(id) + "}");
}

void Control::remounted(std::uint64_t id, bool all) {
    send(R"({"event":"remounted","id":)" + std::to_string(id) + R"(,"all":)" + (all ? "true" : "false") + "}");
}

void Control::failed(int exitCode, std::string_view message) {
    send(R"({"event":"failed","code":)" + std::to_string(exitCode) + R"(,"message":)" + quoted(message) + "}");
}

void Control::warning(std::string_view message) {
    send(R"({"event":"warning","message":)" + quoted(message) + "}");
}

void Control::kicked(std::uint64_t id) {
    send(R"({"event":"kicked","id":)" + std::to_string(id) + "}");
}

void Control::exited(std::optional<int> code, std::optional<int> signal, std::string_view statistics) {
    send(R"({"event":"exit","code":)" + (code ? std::to_string(*code) : "null") + R"(,"signal":)" +
         (signal ? quoted(signalName(*signal)) : "null") + R"(,"stats":)" + std::string(statistics) + "}");
}

void Control::finish() {
    constexpr int patienceMs = 1000;
    if (!present() || shutdown(fd_.get(), SHUT_WR) != 0) return;
    pollfd line{fd_.get(), POLLIN, 0};
    std::array<char, 512> piece;
    while (poll(&line, 1, patienceMs) == 1 && read(fd_.get(), piece.data(), piece.size()) > 0) continue;
}

std::optional<std::vector<Control::Request>> Control::receive() {
    std::array<char, 512> piece;
    const ssize_t n = read(fd_.get(), piece.data(), piece.size());
    std::vector<Request> requests;
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return requests;
    if (n <= 0) {
        fd_.reset();
        return std::nullopt;
    }
    unread_.append(piece.data(), static_cast<std::size_t>(n));
    for (std::size_t end; (end = unread_.find('\n')) != std::string::npos; unread_.erase(0, end + 1)) {
        if (const auto request = parseRequest(std::string_view(unread_).substr(0, end))) requests.push_back(*request);
    }
    return requests;
}

}  // namespace diecast::launch
