#include "guest_kernel_files.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "mounting.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool exists(const char* path) {
    return access(path, F_OK) == 0;
}

// Settings of the whole kernel that root could change by writing a file.
constexpr const char* hostsOwn[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"};
// These belong to the network namespace.
constexpr const char* networkSettings = "/proc/sys/net";

struct Device {
    const char* name;
    mode_t mode;
};
constexpr Device devices[] = {{"null", 0666},    {"zero", 0666}, {"full", 0666},    {"random", 0666},
                              {"urandom", 0666}, {"tty", 0666},  {"net/tun", 0666}, {"fuse", 0666}};

struct Link {
    const char* path;
    const char* target;
};
constexpr Link links[] = {{"/dev/ptmx", "pts/ptmx"},
                          {"/dev/fd", "/proc/self/fd"},
                          {"/dev/stdin", "/proc/self/fd/0"},
                          {"/dev/stdout", "/proc/self/fd/1"},
                          {"/dev/stderr", "/proc/self/fd/2"}};

// A node of its own; where this process may not make one, as in some containers, the host's.
void makeDevice(const Device& device, const std::string& onHost) {
    struct stat facts {};
    if (stat(onHost.c_str(), &facts) != 0 || !S_ISCHR(facts.st_mode)) return;
    const std::string path = std::string("/dev/") + device.name;
    if (mknod(path.c_str(), S_IFCHR | device.mode, facts.st_rdev) == 0) return;
    if (errno != EPERM || mknod(path.c_str(), S_IFREG | device.mode, 0) != 0) raise("cannot make the device " + path);
    bindAt(onHost, path);
}

}  // namespace

void mountProc() {
    ensureDirectory("/proc", 0555);
    mountAt("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    for (const char* path : hostsOwn) {
        if (exists(path)) bindAt(path, path, Access::ReadOnly);
    }
    if (exists(networkSettings)) bindAt(networkSettings, networkSettings, Access::Writable);
}

void mountSys() {
    ensureDirectory("/sys", 0555);
    mountAt("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY);
}

void makeDevices(const clock::Fd& host) {
    ensureDirectory("/dev");
    mountAt("dev", "/dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k,nr_inodes=1024");
    ensureDirectory("/dev/net");
    for (const Device& device : devices) makeDevice(device, pathOf(host) + "/dev/" + device.name);
    for (const auto& [path, target] : links) {
        if (symlink(target, path) != 0) raise(path);
    }
    ensureDirectory("/dev/pts");
    // An instance of its own: the guest's terminals count from 0 and are nobody else's. Group 5 is tty everywhere.
    mountAt("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
}

}  // namespace diecast::launch
