// A file whose contents this process provides: one FUSE connection that has a single file and no directory.
//
// The kernel's protocol itself (linux/fuse.h, fuse(4)) rather than libfuse: of it a dozen messages are needed, replies
// are held back for a long time and sent from one event loop, and libfuse would bring threads, sessions and a mount in
// the host's tree of directories. Here the mount is never attached anywhere: only descriptors lead to it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "clock/fd.h"
#include "request.h"

namespace diecast::block {

// Owns the connection. When it or the process goes, the kernel answers all that is under way, and all that comes later,
// with an error: nobody hangs.
class FuseFile {
  public:
    struct Shape {
        std::uint64_t bytes;
        unsigned depth;  // requests that the kernel hands over before the first is answered
        // Whether the drive can be told that it need not keep something, or that it is zeros. Else the kernel
        // writes zeros, where it needs them, as bytes.
        bool discards;
    };

    // Throws SetupError.
    explicit FuseFile(const Shape& shape);

    int fd() const noexcept { return connection_.get(); }

    // Makes a file system of it that is mounted nowhere; openMounted() opens the file. Throws SetupError.
    clock::Fd mount() const;

    // The next request, if one has come; what concerns the file itself is answered at once. `gone` is set when no more
    // will: nobody has the file open any more and none can, or, with an errno as its failure, reading went wrong.
    std::optional<Request> receive();
    bool gone() const noexcept { return gone_; }
    int failure() const noexcept { return failure_; }
    // From then on the kernel answers with errors.
    void close() noexcept { connection_.reset(); }

    // `error` is an errno, or 0: then a read's data are sent along.
    void reply(const Request& request, int error) const noexcept;

  private:
    std::optional<Request> interpret(std::size_t bytes);
    void answer(std::uint64_t unique, int error, const void* data = nullptr, std::size_t bytes = 0) const noexcept;
    void initialize(std::uint64_t unique);
    void tellAttributes(std::uint64_t unique) const noexcept;
    void tellRoom(std::uint64_t unique) const noexcept;
    void tellOpen(std::uint64_t unique) const noexcept;
    // Moves a write's bytes out of the message.
    void takeData(Request& request, std::size_t at);

    Shape shape_;
    clock::Fd connection_;
    std::unique_ptr<std::uint8_t[]> message_;
    bool gone_ = false;
    int failure_ = 0;
};

// Opens the file for reading and writing. The kernel asks its server meanwhile: not to be called by that. Throws
// SetupError.
clock::Fd openMounted(const clock::Fd& mount);

}  // namespace diecast::block
