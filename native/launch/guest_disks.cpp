#include "guest_disks.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "mounting.h"

namespace diecast::launch {

namespace {

constexpr mode_t deviceMode = 0660;

[[noreturn]] void raise(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string deviceOf(const GuestDisk& disk) {
    return "/dev/" + disk.name;
}

void mountDisk(const GuestDisk& disk) {
    mountAt(deviceOf(disk), disk.mountPoint, disk.fileSystem.c_str(), MS_NODEV, disk.options);
}

void writeBack(const std::string& mountPoint) {
    const clock::Fd directory(open(mountPoint.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || syncfs(directory.get()) != 0) raise("cannot write back " + mountPoint);
}

// Writes back what the kernel holds of the device itself, and drops it: file systems keep their own data there too, and
// as long as anybody has the device open none of it goes away by itself.
void dropBuffers(const GuestDisk& disk) {
    const std::string path = deviceOf(disk);
    const clock::Fd device(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!device || ioctl(device.get(), BLKFLSBUF, 0) != 0) raise("cannot write back " + path);
}

}  // namespace

GuestDisk parseGuestDisk(const std::string& text) {
    std::array<std::string, 5> parts;
    std::size_t begin = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); i++) {
        const std::size_t end = text.find(':', begin);
        if (end == std::string::npos) throw std::invalid_argument("expected DEVICE:NAME:FILESYSTEM:OPTIONS:MOUNTPOINT");
        parts[i] = text.substr(begin, end - begin);
        begin = end + 1;
    }
    parts.back() = text.substr(begin);
    return {parts[0], parts[1], parts[2], parts[3], parts[4]};
}

void makeDiskDevices(const std::vector<GuestDisk>& disks, const clock::Fd& host) {
    for (const GuestDisk& disk : disks) {
        struct stat facts {};
        const std::string onHost = pathOf(host) + disk.device;
        if (stat(onHost.c_str(), &facts) != 0) raise(disk.device);
        if (mknod(deviceOf(disk).c_str(), S_IFBLK | deviceMode, facts.st_rdev) == 0) continue;
        // Where this process may not make one, as in some containers, the host's.
        if (errno != EPERM || mknod(deviceOf(disk).c_str(), S_IFREG | deviceMode, 0) != 0)
            raise("cannot make the device " + deviceOf(disk));
        bindAt(onHost, deviceOf(disk));
    }
}

void mountDisks(const std::vector<GuestDisk>& disks) {
    for (const GuestDisk& disk : disks) {
        if (disk.fileSystem.empty()) continue;
        ensureDirectory(disk.mountPoint);
        mountDisk(disk);
        // Whoever the guest's program runs as, it is its disk.
        if (chmod(disk.mountPoint.c_str(), 01777) != 0) raise(disk.mountPoint);
    }
}

bool remountDisks(const std::vector<GuestDisk>& disks) {
    bool all = true;
    // One may be mounted below another.
    std::vector<const GuestDisk*> away;
    for (auto disk = disks.rbegin(); disk != disks.rend(); ++disk) {
        if (disk->fileSystem.empty()) continue;
        if (umount2(disk->mountPoint.c_str(), 0) == 0) {
            away.push_back(&*disk);
            continue;
        }
        if (errno != EBUSY) raise("cannot unmount " + disk->mountPoint);
        writeBack(disk->mountPoint);
        all = false;
    }
    for (const GuestDisk& disk : disks) dropBuffers(disk);
    for (auto disk = away.rbegin(); disk != away.rend(); ++disk) mountDisk(**disk);
    return all;
}

}  // namespace diecast::launch
