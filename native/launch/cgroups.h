// The cgroups that cap a tree. Whoever starts us makes the directories; we fill them, and remove them at the end.
#pragma once

#include <string>
#include <vector>

#include "clock/fd.h"

namespace diecast::launch {

// Where one joins. Opened on the host: a guest does not see its groups.
struct Cgroup {
    std::string directory;
    clock::Fd processes;  // its cgroup.procs
};

// Throws std::system_error.
std::vector<Cgroup> openCgroups(const std::vector<std::string>& directories);

// Moves the calling process there. Throws std::system_error.
void joinCgroup(const Cgroup& cgroup);

// After the last process has ended. A directory that is not there any more, or not empty, is left alone.
void removeCgroups(const std::vector<std::string>& directories) noexcept;

}  // namespace diecast::launch
