// Small steps of building a file system. All throw std::system_error.
#pragma once

#include <sys/types.h>

#include <string>

#include "clock/fd.h"

namespace diecast::launch {

// mount(2), with a message that names `target`.
void mountAt(const std::string& source, const std::string& target, const char* type, unsigned long flags,
             const std::string& data = "");

// Makes one file system's directory or file show at another place.
enum class Access { AsItIs, ReadOnly, Writable };
void bindAt(const std::string& source, const std::string& target, Access access = Access::AsItIs);

// A descriptor that stands for a place, whatever is mounted over it later. Empty if there is none.
clock::Fd findPlace(const std::string& path);
clock::Fd holdPlace(const std::string& path);  // throws if there is none

// A path that leads to it.
std::string pathOf(const clock::Fd& fd);

// Makes a directory unless there is one, and the missing ones above it. The mode is not subject to the umask.
void ensureDirectory(const std::string& path, mode_t mode = 0755);

// Copies the plain files of a directory; what is there under their names is replaced.
void copyFiles(const std::string& from, const std::string& to);
void writeFile(const std::string& path, const std::string& text);

// Makes the mount at `target` the root directory; what was the root directory lies over it until leaveOldRoot().
// Returns the old one.
clock::Fd pivotTo(const std::string& target);
void leaveOldRoot(clock::Fd old);

}  // namespace diecast::launch
