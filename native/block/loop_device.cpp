#include "loop_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "pace/setup_error.h"

namespace diecast::block {

namespace {

using pace::SetupError;

// Another process may take the free device first, and one that is being cleared is briefly neither free nor usable.
constexpr int tries = 200;

[[noreturn]] void refuse(int error, const std::string& what) {
    if (error == ENOENT || error == ENXIO || error == ENODEV)
        throw SetupError(SetupError::Code::Unsupported, "guests' disks need loop devices: " + what,
                         "modprobe loop and run as root; in a container: docker run --privileged");
    throw SetupError::system(error, what);
}

std::string readSetting(const std::string& path) {
    std::string text(256, '\0');
    const clock::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t n = file ? read(file.get(), text.data(), text.size()) : 0;
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (text.ends_with('\n')) text.pop_back();
    // Of several the one in brackets holds: "none [mq-deadline]".
    const std::size_t from = text.find('[');
    const std::size_t to = text.find(']', from);
    return to == std::string::npos ? text : text.substr(from + 1, to - from - 1);
}

// The kernel goes by way of its page cache without a word where it finds that direct I/O cannot be: the drive would see
// neither the requests nor their times.
void assertDirect(const clock::Fd& device, const std::string& path) {
    loop_info64 info{};
    if (ioctl(device.get(), LOOP_GET_STATUS64, &info) != 0) refuse(errno, "cannot ask " + path);
    if ((info.lo_flags & LO_FLAGS_DIRECT_IO) == 0)
        throw SetupError(SetupError::Code::Unsupported,
                         path + ": expected direct I/O on a disk's file (FUSE), found that this kernel refuses it");
}

// A setting that this kernel does not have, or does not let us change, is left as it is.
void writeSetting(const std::string& path, const std::string& value) {
    const clock::Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file) (void)!write(file.get(), value.data(), value.size());
}

}  // namespace

LoopDevice::LoopDevice(const clock::Fd& file, const std::string& name, const DriveShape& shape) {
    const clock::Fd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!control) refuse(errno, "cannot open /dev/loop-control");
    loop_config config{};
    config.fd = static_cast<std::uint32_t>(file.get());
    config.block_size = 512;
    config.info.lo_flags = LO_FLAGS_DIRECT_IO | LO_FLAGS_AUTOCLEAR;
    const std::size_t shown = std::min<std::size_t>(name.size(), LO_NAME_SIZE - 1);
    std::copy_n(name.data(), shown, reinterpret_cast<char*>(config.info.lo_file_name));
    for (int left = tries;; left--) {
        const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) refuse(errno, "cannot get a free loop device");
        path_ = "/dev/loop" + std::to_string(number);
        device_.reset(open(path_.c_str(), O_RDWR | O_CLOEXEC));
        if (!device_ && (left == 0 || (errno != ENXIO && errno != EBUSY))) refuse(errno, "cannot open " + path_);
        if (device_ && ioctl(device_.get(), LOOP_CONFIGURE, &config) == 0) break;
        if (left == 0 || (errno != EBUSY && errno != ENXIO)) refuse(errno, "cannot set up " + path_);
        device_.reset();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    assertDirect(device_, path_);
    // The order of requests is the drive's own business here: its model has the queue and its scheduling.
    set("scheduler", "none");
    set("rotational", shape.rotational ? "1" : "0");
    // One message to the server has no room for more, and the model is to see requests as the kernel made them.
    set("max_sectors_kb", "1024");
    // discard_max_bytes is left alone: once it is 0 kernel 6.18 refuses every other value, for good.
}

std::string LoopDevice::queue() const {
    return "/sys/block/" + path_.substr(5) + "/queue/";
}

void LoopDevice::set(const char* name, const std::string& value) {
    const std::string path = queue() + name;
    std::string before = readSetting(path);
    // Each change stops the queue for a while.
    if (before == value) return;
    before_.emplace_back(path, std::move(before));
    writeSetting(path, value);
}

void LoopDevice::restore() const {
    for (const auto& [path, value] : before_) writeSetting(path, value);
}

}  // namespace diecast::block
