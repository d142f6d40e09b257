#include "join.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "clock/proc_files.h"

namespace diecast::launch {

namespace {

void setNamespace(const clock::Fd& fd, int type, const char* what) {
    if (setns(fd.get(), type) != 0) {
        throw std::system_error(errno, std::generic_category(), std::string("cannot join the guest's ") + what);
    }
}

}  // namespace

Guest::Guest(pid_t init) : hostProc_(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (!hostProc_) throw std::system_error(errno, std::generic_category(), "/proc");
    // The parent of a guest's init is what stands outside for it: it holds the void.
    const pid_t outside = std::atoi(clock::statusField(init, "PPid").c_str());
    pids_ = open(init, "pid");
    mounts_ = open(init, "mnt");
    network_ = open(init, "net");
    hostName_ = open(init, "uts");
    ipc_ = open(init, "ipc");
    void_ = open(outside, "mnt");
}

clock::Fd Guest::open(pid_t pid, const char* name) const {
    const std::string path = std::to_string(pid) + "/ns/" + name;
    clock::Fd fd(openat(hostProc_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        const bool gone = errno == ENOENT || errno == ESRCH;
        const std::string reason = gone ? "there is no such process (any more)" : std::system_category().message(errno);
        throw std::runtime_error("cannot join the guest of process " + std::to_string(pid) + ": " + reason);
    }
    return fd;
}

Guest::Children::Children(const Guest& guest) : own_(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)) {
    if (!own_) throw std::system_error(errno, std::generic_category(), "/proc/self/ns/pid");
    setNamespace(guest.pids_, CLONE_NEWPID, "processes");
}

Guest::Children::~Children() {
    (void)setns(own_.get(), CLONE_NEWPID);  // one's own is never refused
}

void enterVoid(const clock::Fd& fd) {
    setNamespace(fd, CLONE_NEWNS, "void");
}

void Guest::enter() const {
    setNamespace(network_, CLONE_NEWNET, "network");
    setNamespace(hostName_, CLONE_NEWUTS, "host name");
    setNamespace(ipc_, CLONE_NEWIPC, "IPC");
    setNamespace(mounts_, CLONE_NEWNS, "mounts");
}

pid_t Guest::pidOnHost() const {
    char text[24] = {};
    // "self" is the reader's pid in the PID namespace that this /proc was mounted in.
    if (readlinkat(hostProc_.get(), "self", text, sizeof text - 1) <= 0)
        throw std::system_error(errno, std::generic_category(), "the host's /proc/self");
    return std::atoi(text);
}

}  // namespace diecast::launch
