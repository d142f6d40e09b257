// The main process: the one whose pid the user knows. To its shell it behaves as COMMAND would: it takes signals for
// it, stops and goes on with it, and has its exit code.
#pragma once

#include <sys/types.h>

#include <vector>

#include "channel.h"

namespace diecast::launch {

// What the calling process has below it before it starts anything: a shell script that ends in `exec diecast` may have
// started programs. They are not of the tree.
std::vector<pid_t> findStrangers();

// Stays until the tree and the keeper are gone. Every signal is blocked. Returns the exit code. Failures are printed
// unless `quiet`: then the library is told.
int runMainProcess(Channel toKeeper, pid_t keeper, std::vector<pid_t> strangers, bool quiet);

}  // namespace diecast::launch
