#include "command.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <vector>

#include "cgroups.h"
#include "clock/filter.h"
#include "clock/listener.h"
#include "exit_codes.h"

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
    const auto program = clock::buildFilter({options.fileTimes, options.stats});
    // Without it an ordinary user may not set a filter; with it setuid programs gain no rights, so root goes without.
    if (!maySetFilters() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) raise("PR_SET_NO_NEW_PRIVS");
    try {
        return clock::installFilter(program);
    } catch (const std::system_error& error) {
        if (error.code().value() != EBUSY) throw;
        throw std::runtime_error("this process is in dilated time, or supervised, already; diecast cannot be nested");
    }
}

void sendListener(const clock::Fd& line, const clock::Fd& listener) {
    char byte = 0;
    iovec content{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = listener.get();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(line.get(), &message, MSG_NOSIGNAL) != 1) raise("cannot hand over the seccomp listener");
}

[[noreturn]] void giveUp(const clock::Fd& line, int exitCode, const std::string& text) {
    CommandReport report{exitCode, {}};
    std::strncpy(report.text, text.c_str(), sizeof report.text - 1);
    (void)send(line.get(), &report, sizeof report, MSG_NOSIGNAL);  // without a keeper nobody cares
    _exit(exitCode);
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

[[noreturn]] void becomeCommand(const Options& options, const Inherited& inherited, clock::Fd line) {
    try {
        // If the keeper dies, the main process kills the tree; this helps where both die at once.
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) raise("PR_SET_PDEATHSIG");
        for (const std::string& directory : options.cgroups) joinCgroup(directory);
        restoreInherited(inherited, keptSignals(options));
        // From here on calls that carry time are fatal: there is no handler yet.
        const clock::Fd listener = filterThisProcess(options);
        sendListener(line, listener);
    } catch (const std::exception& error) {
        giveUp(line, exitOwnFailure, error.what());
    }
    // env(1)'s search: along the guest's own PATH, and /bin/sh for a script without #!.
    execvp(options.command[0], options.command);
    const int error = errno;
    giveUp(line, error == ENOENT ? exitNotFound : exitCannotRun, describeExecFailure(options.command[0], error));
}

clock::Fd receiveListener(const clock::Fd& line) {
    char byte = 0;
    iovec content{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(line.get(), &message, MSG_CMSG_CLOEXEC | MSG_PEEK);
    const cmsghdr* header = n == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return clock::Fd();
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    if (recv(line.get(), &byte, 1, 0) != 1) raise("recv");
    return clock::Fd(fd);
}

}  // namespace diecast::launch
