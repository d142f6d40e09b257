#include "user.h"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "given.h"

namespace diecast::launch {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

template <typename Visit>
void forEachLine(const char* path, std::size_t fields, Visit visit) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        auto parts = split(line, ':');
        parts.resize(std::max(parts.size(), fields));
        visit(parts);
    }
}

}  // namespace

User findUser(const std::string& wanted) {
    const auto number = parseNumber<uid_t>(wanted);
    bool found = false;
    User user;
    // passwd(5): name, password, uid, gid, comment, home, shell
    forEachLine("/etc/passwd", 7, [&](const std::vector<std::string>& field) {
        const auto uid = parseNumber<uid_t>(field[2]);
        const auto gid = parseNumber<gid_t>(field[3]);
        if (found || !uid || !gid || (number ? *uid != *number : field[0] != wanted)) return;
        found = true;
        user = {*uid, *gid, {}, field[0], field[5], field[6]};
    });
    if (user.home.empty()) user.home = "/";
    if (user.shell.empty()) user.shell = "/bin/sh";
    if (!found && number) return {*number, *number, {}, wanted, "/", "/bin/sh"};
    // A root file system without a passwd file still has a root.
    if (!found && wanted == "root") return {0, 0, {}, "root", "/", "/bin/sh"};
    if (!found) throw std::runtime_error("the guest has no user " + wanted + " (in its /etc/passwd)");
    // group(5): name, password, gid, members
    forEachLine("/etc/group", 4, [&](const std::vector<std::string>& field) {
        const auto gid = parseNumber<gid_t>(field[2]);
        const auto members = split(field[3], ',');
        if (gid && std::ranges::find(members, user.name) != members.end()) user.groups.push_back(*gid);
    });
    return user;
}

void setUserEnvironment(const User& user) {
    (void)setenv("HOME", user.home.c_str(), 0);
    (void)setenv("USER", user.name.c_str(), 0);
    (void)setenv("LOGNAME", user.name.c_str(), 0);
    (void)setenv("SHELL", user.shell.c_str(), 0);
}

void becomeUser(const User& user) {
    const bool done = setgroups(user.groups.size(), user.groups.data()) == 0 &&
                      setresgid(user.gid, user.gid, user.gid) == 0 && setresuid(user.uid, user.uid, user.uid) == 0;
    if (!done) throw std::system_error(errno, std::generic_category(), "cannot become user " + user.name);
}

}  // namespace diecast::launch
