// The host's mounts, as far as a guest gets a view of them.
#pragma once

#include <string>
#include <vector>

namespace diecast::launch {

struct HostMount {
    std::string path;  // below the root that was asked for, without a leading slash
    std::string type;  // of file system
    bool readOnly;
};

// What is mounted below `root`, parents before children, but for what every guest has its own of (/proc, /sys, /dev,
// /run, /tmp, /var/tmp, /experiment), kernel interfaces, and what lies below `stage`. Throws std::runtime_error.
std::vector<HostMount> findHostMounts(const std::string& root, const std::string& stage);

// The same on the text of /proc/self/mountinfo.
std::vector<HostMount> parseHostMounts(const std::string& mountinfo, const std::string& root, const std::string& stage);

}  // namespace diecast::launch
