// The cgroups that cap a tree. Whoever starts us makes the directories; we fill them, and remove them at the end.
#pragma once

#include <string>
#include <vector>

namespace diecast::launch {

// Moves the calling process there. Throws std::system_error.
void joinCgroup(const std::string& directory);

// After the last process has ended. A directory that is not there any more, or not empty, is left alone.
void removeCgroups(const std::vector<std::string>& directories) noexcept;

}  // namespace diecast::launch
