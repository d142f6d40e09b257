#include "command.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "capabilities.h"
#include "clock/filter.h"
#include "clock/listener.h"
#include "exit_codes.h"
#include "gate.h"
#include "limits.h"
#include "user.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool maySetFilters() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (syscall(SYS_capget, &header, data) != 0) raise("capget");
    return (data[CAP_SYS_ADMIN / 32].effective >> CAP_SYS_ADMIN % 32 & 1) != 0;
}

clock::Fd filterThisProcess(const Options& options) {
    const auto program = clock::buildFilter({options.fileTimes, options.stats, options.realRate});
    // Without it an ordinary user may not set a filter; with it setuid programs gain no rights, so root goes without.
    if (!maySetFilters() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) raise("PR_SET_NO_NEW_PRIVS");
    try {
        return clock::installFilter(program);
    } catch (const std::system_error& error) {
        if (error.code().value() != EBUSY) throw;
        throw std::runtime_error("this process is in dilated time, or supervised, already; diecast cannot be nested");
    }
}

// SCM_RIGHTS with one descriptor.
struct Rights {
    alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int))] = {};
};

void sayHello(const clock::Fd& line, pid_t pidOnHost, const clock::Fd& listener) {
    iovec content{&pidOnHost, sizeof pidOnHost};
    Rights rights;
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    if (listener) {
        message.msg_control = rights.bytes;
        message.msg_controllen = sizeof rights.bytes;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int fd = listener.get();
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    if (sendmsg(line.get(), &message, MSG_NOSIGNAL) != sizeof pidOnHost) raise("cannot hand over the seccomp listener");
}

[[noreturn]] void giveUp(const clock::Fd& line, int exitCode, const std::string& text) {
    CommandReport report{CommandReport::Kind::Failed, exitCode, {}};
    std::strncpy(report.text, text.c_str(), sizeof report.text - 1);
    (void)send(line.get(), &report, sizeof report, MSG_NOSIGNAL);  // without a keeper nobody cares
    _exit(exitCode);
}

void setEnvironment(const Options& options, const User& user) {
    if (options.clearEnvironment && clearenv() != 0) raise("clearenv");
    for (const std::string& variable : options.environment) {
        const auto equals = variable.find('=');
        const std::string name = variable.substr(0, equals);
        if (setenv(name.c_str(), variable.c_str() + equals + 1, 1) != 0) raise("setenv");
    }
    setUserEnvironment(user);
}

// As root: who may not enter a directory may still be put there.
User enterGuest(const Options& options, const Guest& guest) {
    guest.enter();
    User user = findUser(options.user.value_or("root"));
    if (options.workingDirectory && chdir(options.workingDirectory->c_str()) != 0)
        raise("cannot go to the working directory " + *options.workingDirectory);
    setEnvironment(options, user);
    dropHarmfulCapabilities();
    // Somebody's service, as init would start it. With a terminal it stays in the main process's session and group.
    if (options.controlFd && setsid() < 0) raise("setsid");
    return user;
}

void joinCgroups(const Place& place) {
    for (const Cgroup& cgroup : place.cgroups) joinCgroup(cgroup);
    // So that what a guest mounts of the cgroup file system shows its own groups and no others.
    if (place.guest && !place.cgroups.empty() && unshare(CLONE_NEWCGROUP) != 0) raise("unshare (cgroup namespace)");
}

// execvp(3) says EACCES when it could not look into some directory of PATH, even if the program is in none: for a
// guest's user with the host's PATH the usual case, and shells say then that there is no such program.
bool isNowhere(const std::string& name) {
    const char* path = getenv("PATH");
    if (path == nullptr || name.find('/') != std::string::npos) return false;
    std::istringstream directories(path);
    for (std::string directory; std::getline(directories, directory, ':');) {
        const std::string candidate = directory.empty() ? name : directory + "/" + name;
        if (faccessat(AT_FDCWD, candidate.c_str(), F_OK, 0) == 0) return false;
    }
    return true;
}

// As shells put it.
std::string describeExecFailure(const std::string& name, int error) {
    const bool searched = name.find('/') == std::string::npos;
    return name + ": " + (error == ENOENT && searched ? "command not found" : std::strerror(error));
}

}  // namespace

std::uint64_t keptSignals(const Options& options) {
    return signalBit(SIGSYS) | (options.tsc ? signalBit(SIGSEGV) : 0);
}

[[noreturn]] void becomeCommand(const Options& options, const Inherited& inherited, const Place& place,
                                const dc_clock_page* page, clock::Fd line) {
    const auto dieWithKeeper = [] {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) raise("PR_SET_PDEATHSIG");
    };
    try {
        // If the keeper dies, the main process kills the tree; this helps where both die at once.
        dieWithKeeper();
        const pid_t pidOnHost = place.guest ? place.guest->pidOnHost() : getpid();
        std::optional<User> user;
        if (place.guest) user = enterGuest(options, *place.guest);
        restoreInherited(inherited, options.native ? 0 : keptSignals(options));
        applyLimits(options.limits, options.native ? clock::Ratio{0, 1} : options.cpuScale);
        // From here on calls that carry time are fatal: there is no handler yet. Before the rights are given up: a
        // filter that root sets leaves setuid programs their rights.
        const clock::Fd listener = options.native ? clock::Fd() : filterThisProcess(options);
        joinCgroups(place);  // as late as can be: what comes before is not COMMAND's processor time
        sayHello(line, pidOnHost, listener);
        if (user && (user->uid != 0 || user->gid != 0)) {
            becomeUser(*user);
            dieWithKeeper();  // a change of the user takes it back
        }
        if (options.gate && gateIsClosed(*page, *options.gate)) {
            const CommandReport report{CommandReport::Kind::Waiting, 0, {}};
            (void)send(line.get(), &report, sizeof report, MSG_NOSIGNAL);
            waitAtGate(*page, *options.gate);
        }
    } catch (const std::exception& error) {
        giveUp(line, exitOwnFailure, error.what());
    }
    // env(1)'s search: along the guest's own PATH, and /bin/sh for a script without #!.
    execvp(options.command[0], options.command);
    int error = errno;
    if (error == EACCES && options.join && isNowhere(options.command[0])) error = ENOENT;
    giveUp(line, error == ENOENT ? exitNotFound : exitCannotRun, describeExecFailure(options.command[0], error));
}

std::optional<Hello> receiveHello(const clock::Fd& line) {
    Hello hello{};
    iovec content{&hello.pidOnHost, sizeof hello.pidOnHost};
    Rights rights;
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = rights.bytes;
    message.msg_controllen = sizeof rights.bytes;
    // A report, which is longer, stays where it is.
    const ssize_t n = recvmsg(line.get(), &message, MSG_CMSG_CLOEXEC | MSG_PEEK | MSG_TRUNC);
    if (n != static_cast<ssize_t>(sizeof hello.pidOnHost)) return std::nullopt;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        hello.listener.reset(fd);
    }
    if (recv(line.get(), &hello.pidOnHost, sizeof hello.pidOnHost, 0) < 0) raise("recv");
    return hello;
}

}  // namespace diecast::launch
