#include "device_holder.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "loop_device.h"
#include "pace/setup_error.h"
#include "pace/words.h"
#include "path_cost.h"

namespace diecast::block {

namespace {

using pace::SetupError;

constexpr std::size_t mostReportBytes = 1 << 17;

// "made PATH-NS DEVICE DEVICE …", or "failed CODE REMEDY-LENGTH REMEDY MESSAGE".
std::string made(const std::vector<LoopDevice>& devices) {
    std::string report = "made " + std::to_string(devices.empty() ? 0 : measurePath(devices[0].path()).count());
    for (const LoopDevice& device : devices) report += " " + device.path();
    return report;
}

std::string failed(const SetupError& error) {
    return "failed " + std::to_string(static_cast<int>(error.code)) + " " + std::to_string(error.remedy.size()) + " " +
           error.remedy + error.what();
}

[[noreturn]] void hold(const std::vector<PlannedDisk>& plans, const std::vector<clock::Fd>& mounts, int line) {
    std::vector<LoopDevice> devices;
    std::string report;
    try {
        devices.reserve(plans.size());
        for (std::size_t i = 0; i < plans.size(); i++) {
            const clock::Fd file = openMounted(mounts[i]);
            devices.emplace_back(file, plans[i].name, plans[i].shape);
        }
        report = made(devices);
    } catch (const SetupError& error) {
        report = failed(error);
    } catch (const std::exception& error) {
        report = failed({SetupError::Code::Failed, error.what()});
    }
    (void)!send(line, report.data(), report.size(), MSG_NOSIGNAL);
    // Until the server closes its end, or has gone.
    char nothing;
    while (recv(line, &nothing, 1, 0) < 0 && errno == EINTR) continue;
    for (const LoopDevice& device : devices) device.restore();
    _exit(0);
}

}  // namespace

DeviceHolder::DeviceHolder(const std::vector<PlannedDisk>& plans, std::span<FuseFile* const> files, int controlFd) {
    std::vector<clock::Fd> mounts;
    for (const FuseFile* file : files) mounts.push_back(file->mount());
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw SetupError::system(errno, "socketpair");
    line_.reset(ends[0]);
    clock::Fd other(ends[1]);
    (void)signal(SIGCHLD, SIG_IGN);  // it is reaped by the kernel
    const pid_t child = fork();
    if (child < 0) throw SetupError::system(errno, "cannot start the holder of the disks' devices (fork)");
    if (child > 0) return;
    line_.reset();
    // Before anything that may wait for the server.
    for (const FuseFile* file : files) close(file->fd());
    close(controlFd);
    (void)prctl(PR_SET_NAME, "diecast-devices");
    hold(plans, mounts, other.get());
}

DeviceHolder::Report DeviceHolder::report() {
    std::string text(mostReportBytes, '\0');
    const ssize_t n = recv(line_.get(), text.data(), text.size(), 0);
    if (n <= 0) throw SetupError(SetupError::Code::Failed, "the holder of the disks' devices has ended");
    text.resize(static_cast<std::size_t>(n));
    std::string_view words = text;
    if (pace::cut(words) == "made") {
        Report report;
        report.path = pace::Duration(pace::parseNumber<std::int64_t>(pace::cut(words), "a duration", 0, 1'000'000'000));
        while (!words.empty()) report.devices.emplace_back(pace::cut(words));
        return report;
    }
    const auto code = static_cast<SetupError::Code>(pace::parseNumber<int>(pace::cut(words), "a code", 0, 2));
    const auto length = pace::parseNumber<std::size_t>(pace::cut(words), "a length", 0, words.size());
    throw SetupError(code, std::string(words.substr(length)), std::string(words.substr(0, length)));
}

}  // namespace diecast::block
