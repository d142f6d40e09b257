// Who COMMAND runs as. Read from the guest's own /etc/passwd and /etc/group: a name service of the host has no say
// there.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace diecast::launch {

struct User {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary ones
    std::string name;
    std::string home = "/";
    std::string shell = "/bin/sh";
};

// `user` is a name or a number. A number that the files do not know is its own group and has no home. Throws
// std::runtime_error for an unknown name.
User findUser(const std::string& user);

// Sets HOME, USER, LOGNAME and SHELL in this process's environment where they are not set.
void setUserEnvironment(const User& user);

// Takes effect for this process. Throws std::system_error.
void becomeUser(const User& user);

}  // namespace diecast::launch
