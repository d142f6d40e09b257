#include "channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace diecast::launch {

Message Message::failed(int exitCode, const std::string& text) {
    Message message = of(Kind::Failed, exitCode);
    std::strncpy(message.text, text.c_str(), sizeof message.text - 1);
    return message;
}

std::pair<Channel, Channel> Channel::create() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    return {Channel(clock::Fd(ends[0])), Channel(clock::Fd(ends[1]))};
}

bool Channel::send(const Message& message) noexcept {
    // A full buffer means that the main process has been stopped for long, and has enough to read when it goes on.
    return ::send(fd_.get(), &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
}

bool Channel::waitFor(Message& message) noexcept {
    ssize_t n = 0;
    while ((n = recv(fd_.get(), &message, sizeof message, 0)) < 0 && errno == EINTR) continue;
    return n == static_cast<ssize_t>(sizeof message);
}

Channel::Received Channel::receive(Message& message) noexcept {
    ssize_t n = recv(fd_.get(), &message, sizeof message, MSG_DONTWAIT);
    // The other side has ended without having read all from us. The kernel says so once, before it hands out what was
    // sent to us.
    if (n < 0 && errno == ECONNRESET) n = recv(fd_.get(), &message, sizeof message, MSG_DONTWAIT);
    if (n == static_cast<ssize_t>(sizeof message)) return Received::Message;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Received::Nothing;
    return Received::End;
}

}  // namespace diecast::launch
