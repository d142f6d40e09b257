// Descriptors of the processes that stand around a tree. What they hold open needlessly, others wait for: a pipe's
// reader sees no end while the keeper has its writing end.
#pragma once

#include <initializer_list>

namespace diecast::launch {

// Fills 0, 1 and 2 where they are closed, so that no descriptor of ours lands there; the fillers are close-on-exec, so
// that COMMAND finds them closed again. Throws std::system_error.
void reserveStandardDescriptors();

// Closes all but `kept` and standard error; standard input and output become /dev/null. Throws std::system_error.
void releaseInherited(std::initializer_list<int> kept);

void setCloseOnExec(int fd);

}  // namespace diecast::launch
