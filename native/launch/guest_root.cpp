#include "guest_root.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "guest_disks.h"
#include "guest_kernel_files.h"
#include "host_mounts.h"
#include "mounting.h"

namespace diecast::launch {

namespace {

// What the guest writes. Reached by a descriptor, so that it can be used before and after the change of the root.
class Scratch {
  public:
    // Mounts it over `mountPoint`, which has to be there for as long as the guest is being built.
    Scratch(const std::string& mountPoint, std::uint64_t bytes) {
        ensureDirectory(mountPoint);
        // Names take memory as well: a file for each 8 KiB, and some thousands at least.
        const std::uint64_t files = 16'384 + bytes / 8'192;
        mountAt("scratch", mountPoint, "tmpfs", MS_NODEV,
                "mode=0700,size=" + std::to_string(bytes) + ",nr_inodes=" + std::to_string(files));
        place_ = holdPlace(mountPoint);
    }

    std::string directory(const std::string& name, mode_t mode = 0755) const {
        std::string path = pathOf(place_) + "/" + name;
        ensureDirectory(path, mode);
        return path;
    }

    // The options of an overlay whose changes are kept in here; its root directory is to look `like` that one.
    std::string overlayOptions(const std::string& name, const std::string& lower, const struct stat& like) const {
        (void)directory(name);
        const std::string upper = directory(name + "/upper");
        const std::string work = directory(name + "/work");
        if (chown(upper.c_str(), like.st_uid, like.st_gid) != 0 || chmod(upper.c_str(), like.st_mode & 07777) != 0)
            throw std::system_error(errno, std::generic_category(), upper);
        return "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
    }

  private:
    clock::Fd place_;
};

struct stat statOf(const std::string& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) throw std::system_error(errno, std::generic_category(), path);
    return facts;
}

void mountOverlay(const std::string& target, const std::string& options, const std::string& of) {
    // redirect_dir: directories of the host can be renamed, too. Without its support they give EXDEV, and mv copies.
    if (mount("overlay", target.c_str(), "overlay", 0, (options + ",redirect_dir=on").c_str()) == 0) return;
    if (mount("overlay", target.c_str(), "overlay", 0, options.c_str()) == 0) return;
    const int error = errno;
    if (error == ENODEV) throw std::runtime_error("this kernel lacks overlayfs (CONFIG_OVERLAY_FS), which guests need");
    throw std::system_error(error, std::generic_category(), "cannot make a private view of " + of + " (overlayfs)");
}

// A file system of the host below the guest's root, taken hold of before it gets out of sight.
struct HeldMount {
    HostMount mount;
    clock::Fd place;
};

std::vector<HeldMount> holdHostMounts(const GuestOptions& options) {
    std::vector<HeldMount> held;
    for (HostMount& mount : findHostMounts(options.root, options.stage)) {
        const std::string path = (options.root == "/" ? "" : options.root) + "/" + mount.path;
        // What its own server refuses to show (a FUSE file system of another user's) the guest does without.
        clock::Fd place = findPlace(path);
        if (place) held.push_back({std::move(mount), std::move(place)});
    }
    return held;
}

// A directory gets an overlay as well; what cannot have one (some network and FUSE file systems), what is read-only,
// and single files are shown as they are, read-only.
void showHostMount(const HeldMount& held, const Scratch& scratch, const std::string& name) {
    const std::string target = "/" + held.mount.path;
    struct stat there {};
    if (stat(target.c_str(), &there) != 0) return;  // below something that is not shown
    const struct stat facts = statOf(pathOf(held.place));
    const bool directory = S_ISDIR(facts.st_mode);
    // A container's own /etc/hosts and the like: the guest's are there already.
    if (directory != S_ISDIR(there.st_mode) || (!directory && target.starts_with("/etc/"))) return;
    if (directory && !held.mount.readOnly) {
        try {
            mountOverlay(target, scratch.overlayOptions(name, pathOf(held.place), facts), target);
            return;
        } catch (const std::system_error&) {
        }
    }
    bindAt(pathOf(held.place), target, Access::ReadOnly);
}

// What every machine has of its own, in the scratch.
struct OwnDirectory {
    const char* path;
    const char* name;
    mode_t mode;
};
constexpr OwnDirectory ownDirectories[] = {
    {"/tmp", "tmp", 01777}, {"/var/tmp", "var-tmp", 01777}, {"/run", "run", 0755}, {"/dev/shm", "shm", 01777}};

void nameGuest(const std::string& name) {
    if (sethostname(name.data(), name.size()) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot set the host name " + name);
    writeFile("/etc/hostname", name + "\n");
}

}  // namespace

void buildGuestRoot(const GuestOptions& options) {
    umask(0);
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot make mounts private");
    const clock::Fd root = holdPlace(options.root);
    const clock::Fd etc = options.etc ? holdPlace(*options.etc) : clock::Fd();
    const clock::Fd files = options.files ? holdPlace(*options.files) : clock::Fd();
    const std::vector<HeldMount> mounts = holdHostMounts(options);

    const Scratch scratch(options.stage + "/guest", options.scratchBytes);
    const std::string newRoot = scratch.directory("root");
    mountOverlay(newRoot, scratch.overlayOptions("system", pathOf(root), statOf(pathOf(root))), options.root);
    clock::Fd old = pivotTo(newRoot);

    mountProc();
    mountSys();
    makeDevices(old);
    makeDiskDevices(options.disks, old);
    for (std::size_t i = 0; i < mounts.size(); i++) showHostMount(mounts[i], scratch, "mount" + std::to_string(i));
    for (const auto& [path, name, mode] : ownDirectories) {
        ensureDirectory(path, mode);
        bindAt(scratch.directory(name, mode), path);
    }
    ensureDirectory("/run/lock", 01777);
    ensureDirectory("/experiment");
    if (files) {
        const std::string view = scratch.overlayOptions("files", pathOf(files), statOf(pathOf(files)));
        mountOverlay("/experiment", view, "the experiment's files");
    }
    mountDisks(options.disks);
    ensureDirectory("/etc");
    if (etc) copyFiles(pathOf(etc), "/etc");
    nameGuest(options.name);
    leaveOldRoot(std::move(old));
}

}  // namespace diecast::launch
