#include "fuse_file.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fuse.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "pace/setup_error.h"

namespace diecast::block {

namespace {

using disk::Kind;
using pace::SetupError;

// What one message may carry: 256 pages, the kernel's own limit unless fs.fuse.max_pages_limit says more.
constexpr std::uint32_t mostDataBytes = 1 << 20;
constexpr std::size_t writeDataAt = sizeof(fuse_in_header) + sizeof(fuse_write_in);
constexpr std::size_t messageBytes = writeDataAt + mostDataBytes;
// Up to here copying is cheaper than a new buffer.
constexpr std::size_t copiedBytes = 1 << 16;
constexpr std::uint32_t blockSize = 4096;

#ifndef FOPEN_PARALLEL_DIRECT_WRITES
#define FOPEN_PARALLEL_DIRECT_WRITES (1 << 6)  // linux/fuse.h 7.38, kernel 6.2; unknown flags are ignored
#endif

std::unique_ptr<std::uint8_t[]> bytesOf(std::size_t count) {
    return std::make_unique_for_overwrite<std::uint8_t[]>(count);
}

void set(int context, const char* key, const std::string& value) {
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0)
        throw SetupError::system(errno, std::string("cannot make a FUSE file system (") + key + ")");
}

}  // namespace

FuseFile::FuseFile(const Shape& shape)
    : shape_(shape),
      connection_(::open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC)),
      message_(bytesOf(messageBytes)) {
    if (connection_) return;
    if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
        throw SetupError(SetupError::Code::Unsupported, "guests' disks need FUSE, and there is no /dev/fuse",
                         "modprobe fuse; in a container: docker run --device /dev/fuse");
    throw SetupError::system(errno, "cannot open /dev/fuse");
}

clock::Fd FuseFile::mount() const {
    const clock::Fd context(static_cast<int>(syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC)));
    if (!context) throw SetupError::system(errno, "cannot make a FUSE file system (fsopen)");
    set(context.get(), "source", "diecast");
    set(context.get(), "fd", std::to_string(connection_.get()));
    set(context.get(), "rootmode", "100600");  // octal: the root is the file
    set(context.get(), "user_id", "0");
    set(context.get(), "group_id", "0");
    if (syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        throw SetupError::system(errno, "cannot make a FUSE file system (fsconfig)");
    clock::Fd mount(static_cast<int>(syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC,
                                             MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)));
    if (!mount) throw SetupError::system(errno, "cannot make a FUSE file system (fsmount)");
    return mount;
}

std::optional<Request> FuseFile::receive() {
    while (!gone_) {
        const ssize_t n = read(connection_.get(), message_.get(), messageBytes);
        if (n < 0) {
            // ENOENT: what it was has been given up meanwhile.
            if (errno == EINTR || errno == ENOENT) continue;
            if (errno == EAGAIN) return std::nullopt;
            gone_ = true;
            // Unmounted, or ended by hand (/sys/fs/fuse/connections).
            if (errno != ENODEV && errno != ECONNABORTED) failure_ = errno;
            return std::nullopt;
        }
        if (auto request = interpret(static_cast<std::size_t>(n))) return request;
    }
    return std::nullopt;
}

std::optional<Request> FuseFile::interpret(std::size_t bytes) {
    fuse_in_header header;
    if (bytes < sizeof header) return std::nullopt;
    std::memcpy(&header, message_.get(), sizeof header);
    const std::uint8_t* const body = message_.get() + sizeof header;
    Request request;
    request.unique = header.unique;
    switch (header.opcode) {
        case FUSE_READ: {
            fuse_read_in in;
            std::memcpy(&in, body, sizeof in);
            request.offset = in.offset;
            // A read beyond the end is short, as of any file.
            request.length = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(in.size, in.offset < shape_.bytes ? shape_.bytes - in.offset : 0));
            request.buffer = bytesOf(request.length);
            break;
        }
        case FUSE_WRITE: {
            fuse_write_in in;
            std::memcpy(&in, body, sizeof in);
            request.kind = Kind::Write;
            request.offset = in.offset;
            request.length = in.size;
            if (in.size != bytes - writeDataAt || in.offset > shape_.bytes || in.size > shape_.bytes - in.offset) {
                answer(header.unique, EFBIG);
                return std::nullopt;
            }
            takeData(request, writeDataAt);
            break;
        }
        case FUSE_FSYNC:
            request.kind = Kind::Flush;
            break;
        case FUSE_FALLOCATE: {
            fuse_fallocate_in in;
            std::memcpy(&in, body, sizeof in);
            request.kind = Kind::Discard;
            request.offset = in.offset;
            request.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.length, UINT32_MAX));
            if (!shape_.discards || (in.mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) == 0 ||
                request.length != in.length || in.offset > shape_.bytes || in.length > shape_.bytes - in.offset) {
                answer(header.unique, EOPNOTSUPP);
                return std::nullopt;
            }
            break;
        }
        case FUSE_INIT:
            initialize(header.unique);
            return std::nullopt;
        case FUSE_GETATTR:
        case FUSE_SETATTR:
            tellAttributes(header.unique);
            return std::nullopt;
        case FUSE_STATFS:
            tellRoom(header.unique);
            return std::nullopt;
        case FUSE_OPEN:
            tellOpen(header.unique);
            return std::nullopt;
        case FUSE_RELEASE:
        case FUSE_FLUSH:
        case FUSE_ACCESS:
        case FUSE_DESTROY:
            answer(header.unique, 0);
            return std::nullopt;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:  // a disk's request cannot be taken back
            return std::nullopt;
        default:
            answer(header.unique, ENOSYS);
            return std::nullopt;
    }
    return request;
}

void FuseFile::takeData(Request& request, std::size_t at) {
    if (request.length > copiedBytes) {
        request.buffer = std::exchange(message_, bytesOf(messageBytes));
        request.dataAt = at;
        return;
    }
    request.buffer = bytesOf(request.length);
    std::memcpy(request.buffer.get(), message_.get() + at, request.length);
}

void FuseFile::reply(const Request& request, int error) const noexcept {
    if (error != 0) {
        answer(request.unique, error);
    } else if (request.kind == Kind::Read) {
        answer(request.unique, 0, request.data(), request.length);
    } else if (request.kind == Kind::Write) {
        const fuse_write_out out{request.length, 0};
        answer(request.unique, 0, &out, sizeof out);
    } else {
        answer(request.unique, 0);
    }
}

// That nobody waits for it any more (ENOENT) is no concern of ours.
void FuseFile::answer(std::uint64_t unique, int error, const void* data, std::size_t bytes) const noexcept {
    const fuse_out_header header{static_cast<std::uint32_t>(sizeof(fuse_out_header) + bytes), -error, unique};
    const iovec parts[] = {{const_cast<fuse_out_header*>(&header), sizeof header}, {const_cast<void*>(data), bytes}};
    (void)!writev(connection_.get(), parts, bytes == 0 ? 1 : 2);
}

void FuseFile::initialize(std::uint64_t unique) {
    fuse_init_in in;
    std::memcpy(&in, message_.get() + sizeof(fuse_in_header), sizeof in);
    fuse_init_out out{};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = std::min<std::uint32_t>(in.minor, FUSE_KERNEL_MINOR_VERSION);
    out.flags = in.flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_ASYNC_DIO | FUSE_MAX_PAGES);
    out.max_background = static_cast<std::uint16_t>(std::min(shape_.depth, 65'535u));
    // Never congested: it is a disk's queue, not a network's.
    out.congestion_threshold = out.max_background;
    out.max_write = mostDataBytes;
    out.max_pages = mostDataBytes / 4096;
    out.time_gran = 1;
    answer(unique, 0, &out, sizeof out);
}

void FuseFile::tellAttributes(std::uint64_t unique) const noexcept {
    fuse_attr_out out{};
    out.attr_valid = 1'000'000'000;
    out.attr.ino = FUSE_ROOT_ID;
    out.attr.size = shape_.bytes;
    out.attr.blocks = shape_.bytes / 512;
    out.attr.mode = S_IFREG | 0600;
    out.attr.nlink = 1;
    out.attr.blksize = blockSize;
    answer(unique, 0, &out, sizeof out);
}

// The loop driver takes the unit of discards from here.
void FuseFile::tellRoom(std::uint64_t unique) const noexcept {
    fuse_statfs_out out{};
    out.st.bsize = blockSize;
    out.st.frsize = blockSize;
    out.st.blocks = shape_.bytes / blockSize;
    out.st.namelen = 255;
    answer(unique, 0, &out, sizeof out);
}

void FuseFile::tellOpen(std::uint64_t unique) const noexcept {
    fuse_open_out out{};
    out.open_flags = FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES;
    answer(unique, 0, &out, sizeof out);
}

clock::Fd openMounted(const clock::Fd& mount) {
    clock::Fd file(open(("/proc/self/fd/" + std::to_string(mount.get())).c_str(), O_RDWR | O_CLOEXEC));
    if (!file) throw SetupError::system(errno, "cannot open a disk's file (FUSE)");
    return file;
}

}  // namespace diecast::block
