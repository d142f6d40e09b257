#include "backing.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "pace/setup_error.h"

namespace diecast::block {

namespace {

using disk::Kind;
using pace::SetupError;

// Without a name from the beginning. File systems that cannot make such a file get one whose name is taken away.
clock::Fd openNameless(const std::string& directory) {
    clock::Fd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600));
    if (fd || errno != EOPNOTSUPP) return fd;
    std::string path = directory + "/.diecast-disk-XXXXXX";
    fd.reset(mkostemp(path.data(), O_CLOEXEC));
    if (fd) (void)unlink(path.c_str());
    return fd;
}

int readAll(int fd, const Request& request) noexcept {
    for (std::size_t done = 0; done < request.length;) {
        const ssize_t n =
            pread(fd, request.data() + done, request.length - done, static_cast<off_t>(request.offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return EIO;  // someone has cut the file short
        done += static_cast<std::size_t>(n);
    }
    return 0;
}

int writeAll(int fd, const Request& request) noexcept {
    for (std::size_t done = 0; done < request.length;) {
        const ssize_t n =
            pwrite(fd, request.data() + done, request.length - done, static_cast<off_t>(request.offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? errno : EIO;
        done += static_cast<std::size_t>(n);
    }
    return 0;
}

}  // namespace

Backing::Backing(const std::string& directory, std::uint64_t bytes) : fd_(openNameless(directory)) {
    if (!fd_) throw SetupError::system(errno, "cannot make a disk's file in " + directory);
    struct statvfs facts {};
    if (fstatvfs(fd_.get(), &facts) != 0) throw SetupError::system(errno, directory);
    const std::uint64_t free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
    // Some file systems, as ramfs, do not say how large they are.
    if (facts.f_blocks > 0 && free < bytes)
        throw SetupError(SetupError::Code::Failed,
                         "a disk's file in " + directory + ": expected " + std::to_string(bytes) +
                             " bytes free, found " + std::to_string(free),
                         "make room, or have the run's folder in a larger file system (--out)");
    if (ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0)
        throw SetupError::system(errno,
                                 "cannot make a disk's file of " + std::to_string(bytes) + " bytes in " + directory);
}

int Backing::perform(const Request& request) const noexcept {
    switch (request.kind) {
        case Kind::Read:
            return readAll(fd_.get(), request);
        case Kind::Write:
            return writeAll(fd_.get(), request);
        case Kind::Discard:
            if (fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(request.offset),
                          static_cast<off_t>(request.length)) == 0)
                return 0;
            return errno;
        case Kind::Flush:
            return 0;
    }
    return EINVAL;
}

bool Backing::performAtOnce(const Request& request) const noexcept {
    if (request.kind == Kind::Flush) return true;
    if (request.kind != Kind::Read) return false;
    const iovec place{request.data(), request.length};
    return preadv2(fd_.get(), &place, 1, static_cast<off_t>(request.offset), RWF_NOWAIT) ==
           static_cast<ssize_t>(request.length);
}

}  // namespace diecast::block
