// The line between the two processes that stand around a tree: the main process, whose pid the user knows, and the
// keeper. Each notices the other's death by its end.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "clock/fd.h"

namespace diecast::launch {

struct Message {
    enum class Kind {
        // from the keeper
        Created,    // number: the pid that becomes COMMAND
        Stopped,    // number: the signal that stopped COMMAND; any but SIGSTOP
        Continued,  // COMMAND goes on
        Exited,     // number: COMMAND's exit code; nothing of the tree is left
        Signaled,   // number: the signal that ended COMMAND; nothing of the tree is left
        Failed,     // number: exit code; text: why there is no COMMAND
        // from the main process
        Signal,  // info: to be sent to COMMAND
    };
    Kind kind = Kind::Failed;
    int number = 0;
    siginfo_t info{};
    char text[1024] = {};

    static Message of(Kind kind, int number = 0) {
        Message message;
        message.kind = kind;
        message.number = number;
        return message;
    }
    static Message failed(int exitCode, const std::string& text);
};

// One end.
class Channel {
  public:
    // Throws std::system_error.
    static std::pair<Channel, Channel> create();

    int fd() const noexcept { return fd_.get(); }  // -1 once closed
    void close() noexcept { fd_.reset(); }
    // False: the other side is gone.
    bool send(const Message& message) noexcept;
    // Waits. False: the other side is gone.
    bool waitFor(Message& message) noexcept;
    // Does not wait.
    enum class Received { Message, Nothing, End };
    Received receive(Message& message) noexcept;

  private:
    explicit Channel(clock::Fd fd) noexcept : fd_(std::move(fd)) {}

    clock::Fd fd_;
};

}  // namespace diecast::launch
