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

struct MainOptions {
    bool library;  // it is told of failures, which are then not printed
    bool inGuest;  // the tree is in a guest, and its keeper cannot signal us
};

// Stays until the tree and the keeper are gone. Every signal is blocked. Returns the exit code.
int runMainProcess(Channel toKeeper, pid_t keeper, std::vector<pid_t> strangers, MainOptions options);

}  // namespace diecast::launch
