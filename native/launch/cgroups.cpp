#include "cgroups.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "clock/fd.h"

namespace diecast::launch {

void joinCgroup(const std::string& directory) {
    const std::string path = directory + "/cgroup.procs";
    const clock::Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const std::string pid = std::to_string(getpid());
    if (!file || write(file.get(), pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
        throw std::system_error(errno, std::generic_category(), "cannot join the cgroup " + directory);
    }
}

void removeCgroups(const std::vector<std::string>& directories) noexcept {
    // The kernel lets go of the last process a moment after it has been waited for.
    constexpr int attempts = 20;
    const timespec pause{0, 1'000'000};
    for (const std::string& directory : directories) {
        for (int attempt = 0; attempt < attempts && rmdir(directory.c_str()) != 0 && errno == EBUSY; attempt++) {
            (void)nanosleep(&pause, nullptr);
        }
    }
}

}  // namespace diecast::launch
