#include "kernel_probe.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fd.h"

namespace diecast::clock {
namespace {

ProbeResult yes() {
    return {true, {}};
}
ProbeResult no(const char* what, int error) {
    return {false, std::string(what) + ": " + std::strerror(error)};
}

// A child that is killed and reaped at the end of the scope.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    ~Child() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) continue;
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
};

// A fork whose child does nothing but raw system calls: the caller may have threads. pthread_atfork handlers are passed
// over, so the child must not touch the C library's locks.
pid_t rawFork(unsigned long flags) {
    return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

// What the child of the seccomp probe tells: a descriptor, or -errno.
struct Report {
    int value;
};

void tell(int fd, long value) {
    const Report report{static_cast<int>(value)};
    // The parent sees a short or failed write as a missing report.
    [[maybe_unused]] const ssize_t written = write(fd, &report, sizeof report);
}

bool hear(int fd, Report& report) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, 2000) == 1 && read(fd, &report, sizeof report) == sizeof report;
}

// The three calls that the probe's filter sends to the supervisor: harmless when they go through.
constexpr std::array<int, 3> kProbedCalls{SYS_getppid, SYS_getpgid, SYS_getsid};

// Runs in the child, which shares our descriptor table, so the listener it gets is ours as well.
[[noreturn]] void superviseMe(int pipe) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof code / sizeof code[0], code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    tell(pipe, listener < 0 ? -errno : listener);
    for (const int call : kProbedCalls) {
        const long result = syscall(call, 0);
        tell(pipe, result < 0 ? -errno : result);
    }
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

// Receives the next notification. Its buffers have to be as large as the kernel's structures, which grow.
bool receive(int listener, std::uint64_t& id) {
    pollfd waiting{listener, POLLIN, 0};
    if (poll(&waiting, 1, 2000) != 1) return false;
    alignas(seccomp_notif) std::array<std::byte, 1024> buffer{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, buffer.data()) != 0) return false;
    id = reinterpret_cast<const seccomp_notif*>(buffer.data())->id;
    return true;
}

bool reply(int listener, std::uint64_t id, std::int64_t value, std::uint32_t flags) {
    alignas(seccomp_notif_resp) std::array<std::byte, 1024> buffer{};
    auto* response = reinterpret_cast<seccomp_notif_resp*>(buffer.data());
    response->id = id;
    response->val = value;
    response->flags = flags;
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, buffer.data()) == 0;
}

int addDescriptor(int listener, std::uint64_t id, std::uint32_t flags) {
    seccomp_notif_addfd request{};
    request.id = id;
    request.flags = flags;
    request.srcfd = STDIN_FILENO;
    request.newfd_flags = O_CLOEXEC;
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &request);
}

void probeNotifications(SeccompProbe& probe, int pipe, int listener) {
    std::uint64_t id = 0;
    Report report{};
    if (!receive(listener, id)) return;
    if (!reply(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE)) {
        probe.continueCall = no("replying to a notification with CONTINUE", errno);
        return;
    }
    if (!hear(pipe, report)) return;
    probe.continueCall = report.value >= 0 ? yes() : no("a continued call", -report.value);

    if (!receive(listener, id)) return;
    const int added = addDescriptor(listener, id, 0);
    probe.addFd = added >= 0 ? yes() : no("SECCOMP_IOCTL_NOTIF_ADDFD", errno);
    const Fd closeAdded(added);  // the child shares our table
    if (!reply(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE) || !hear(pipe, report)) return;

    if (!receive(listener, id)) return;
    const int sent = addDescriptor(listener, id, SECCOMP_ADDFD_FLAG_SEND);
    if (sent < 0) {
        probe.addFdSend = no("SECCOMP_IOCTL_NOTIF_ADDFD with FLAG_SEND", errno);
        return;
    }
    const Fd closeSent(sent);
    probe.addFdSend = hear(pipe, report) && report.value == sent ? yes() : no("the descriptor sent", EBADF);
}

}  // namespace

SeccompProbe probeSeccomp() {
    SeccompProbe probe;
    const ProbeResult untried{false, "needs seccomp user notification"};
    probe.continueCall = probe.addFd = probe.addFdSend = untried;

    std::uint32_t action = SECCOMP_RET_TRAP;
    const bool trap = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    probe.trap = trap ? yes() : no("seccomp action TRAP", errno);

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        probe.notify = no("pipe", errno);
        return probe;
    }
    const Fd in(ends[0]);
    const Fd out(ends[1]);
    const Child child(rawFork(CLONE_FILES));
    if (child.pid() == 0) superviseMe(out.get());
    if (child.pid() < 0) {
        probe.notify = no("fork", errno);
        return probe;
    }
    Report listener{};
    if (!hear(in.get(), listener)) {
        probe.notify = {false, "a process that installs a seccomp filter did not answer"};
    } else if (listener.value < 0) {
        probe.notify = no("installing a filter with a notification listener", -listener.value);
    } else {
        const Fd closeListener(listener.value);
        probe.notify = yes();
        probeNotifications(probe, in.get(), listener.value);
    }
    return probe;
}

ProbeResult probePtrace() {
    const Child child(rawFork(0));
    if (child.pid() == 0) {
        for (;;) syscall(SYS_pause);
    }
    if (child.pid() < 0) return no("fork", errno);
    if (ptrace(PTRACE_SEIZE, child.pid(), 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0) {
        return no("PTRACE_SEIZE of a child", errno);
    }
    if (ptrace(PTRACE_INTERRUPT, child.pid(), 0, 0) != 0) return no("PTRACE_INTERRUPT of a child", errno);
    int status = 0;
    if (waitpid(child.pid(), &status, __WALL) != child.pid() || !WIFSTOPPED(status)) {
        return {false, "a child under ptrace did not stop"};
    }
    if (ptrace(PTRACE_DETACH, child.pid(), 0, 0) != 0) return no("PTRACE_DETACH of a child", errno);
    return yes();
}

ProbeResult probeVdso() {
    if (getauxval(AT_SYSINFO_EHDR) != 0) return yes();
    return {false, "the auxiliary vector has no AT_SYSINFO_EHDR"};
}

ProbeResult probeEpollPwait2() {
    // Descriptor -1: a kernel that has the call says EBADF.
    epoll_event event{};
    syscall(SYS_epoll_pwait2, -1, &event, 1, nullptr, nullptr, 8);
    return errno == EBADF ? yes() : no("epoll_pwait2", errno);
}

ProbeResult probePidfdGetfd() {
    const Child child(rawFork(0));
    if (child.pid() == 0) {
        for (;;) syscall(SYS_pause);
    }
    if (child.pid() < 0) return no("fork", errno);
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, child.pid(), 0)));
    if (pidfd.get() < 0) return no("pidfd_open", errno);
    const Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), STDIN_FILENO, 0)));
    // A closed standard input is no reason to doubt the call.
    return copy.get() >= 0 || errno == EBADF ? yes() : no("pidfd_getfd", errno);
}

}  // namespace diecast::clock
