#include "mounting.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// What a bind takes over from its source, and a remount does not.
unsigned long flagsOf(const std::string& path) {
    struct statvfs facts {};
    if (statvfs(path.c_str(), &facts) != 0) raise(path);
    unsigned long flags = 0;
    if ((facts.f_flag & ST_NOSUID) != 0) flags |= MS_NOSUID;
    if ((facts.f_flag & ST_NODEV) != 0) flags |= MS_NODEV;
    if ((facts.f_flag & ST_NOEXEC) != 0) flags |= MS_NOEXEC;
    return flags;
}

}  // namespace

void mountAt(const std::string& source, const std::string& target, const char* type, unsigned long flags,
             const std::string& data) {
    if (mount(source.c_str(), target.c_str(), type, flags, data.empty() ? nullptr : data.c_str()) != 0)
        raise("cannot mount " + std::string(type) + " at " + target);
}

void bindAt(const std::string& source, const std::string& target, Access access) {
    if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0)
        raise("cannot bind " + source + " to " + target);
    if (access == Access::AsItIs) return;
    unsigned long flags = flagsOf(target);
    if (access == Access::ReadOnly) flags |= MS_RDONLY;
    if (mount(nullptr, target.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) != 0)
        raise("cannot make " + target + (access == Access::ReadOnly ? " read-only" : " writable"));
}

clock::Fd findPlace(const std::string& path) {
    return clock::Fd(open(path.c_str(), O_PATH | O_CLOEXEC));
}

clock::Fd holdPlace(const std::string& path) {
    clock::Fd place = findPlace(path);
    if (!place) raise(path);
    return place;
}

std::string pathOf(const clock::Fd& fd) {
    return "/proc/self/fd/" + std::to_string(fd.get());
}

void ensureDirectory(const std::string& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) == 0) {
        if (chmod(path.c_str(), mode) != 0) raise(path);
        return;
    }
    if (errno == ENOENT) {
        const auto slash = path.rfind('/');
        if (slash == std::string::npos || slash == 0) raise("cannot make the directory " + path);
        ensureDirectory(path.substr(0, slash));
        if (mkdir(path.c_str(), mode) == 0) return;
    }
    const int error = errno;
    struct stat facts {};
    if (error == EEXIST && stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return;
    errno = error;
    raise("cannot make the directory " + path);
}

void copyFiles(const std::string& from, const std::string& to) {
    for (const auto& entry : std::filesystem::directory_iterator(from)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        writeFile(to + "/" + entry.path().filename().string(), text);
    }
}

void writeFile(const std::string& path, const std::string& text) {
    // It may be a link to somewhere else.
    if (unlink(path.c_str()) != 0 && errno != ENOENT) raise("cannot replace " + path);
    const clock::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        raise("cannot write " + path);
}

clock::Fd pivotTo(const std::string& target) {
    clock::Fd old(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    // pivot_root(2), "pivot_root(".", ".")": no place for the old one is needed.
    if (!old || chdir(target.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
        raise("cannot change the root directory (pivot_root)");
    if (chdir("/") != 0) raise("/");
    return old;
}

void leaveOldRoot(clock::Fd old) {
    if (fchdir(old.get()) != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        raise("cannot leave the host's file system (umount)");
}

}  // namespace diecast::launch
