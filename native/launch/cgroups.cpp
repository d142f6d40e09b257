#include "cgroups.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace diecast::launch {

namespace {

[[noreturn]] void refused(const std::string& directory) {
    throw std::system_error(errno, std::generic_category(), "cannot join the cgroup " + directory);
}

}  // namespace

std::vector<Cgroup> openCgroups(const std::vector<std::string>& directories) {
    std::vector<Cgroup> cgroups;
    for (const std::string& directory : directories) {
        clock::Fd file(open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
        if (!file) refused(directory);
        cgroups.push_back({directory, std::move(file)});
    }
    return cgroups;
}

void joinCgroup(const Cgroup& cgroup) {
    // 0 is the writer, whatever its pid is in here.
    if (write(cgroup.processes.get(), "0", 1) != 1) refused(cgroup.directory);
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
