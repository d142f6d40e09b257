#include "witness.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "descriptors.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// Answers questions: a signal's number comes in, whether one is pending goes out. All stay blocked, so none has an
// effect.
[[noreturn]] void witness(int line, pid_t owner) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, "diecast-witness");
    while (true) {
        int signal = 0;
        if (recv(line, &signal, sizeof signal, 0) != sizeof signal) _exit(0);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        siginfo_t info{};
        const timespec now{};
        // The owner's own SIGCONT is no news.
        const int seen = sigtimedwait(&one, &info, &now) == signal && info.si_pid != owner ? 1 : 0;
        if (send(line, &seen, sizeof seen, MSG_NOSIGNAL) != sizeof seen) _exit(0);
    }
}

}  // namespace

Witness::Witness() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) raise("socketpair");
    line_.reset(ends[0]);
    const clock::Fd there(ends[1]);
    const pid_t owner = getpid();
    pid_ = fork();
    if (pid_ < 0) raise("cannot start a process (fork)");
    if (pid_ == 0) {
        releaseInherited({there.get()});
        witness(there.get(), owner);
    }
}

Witness::~Witness() {
    (void)kill(pid_, SIGKILL);
    (void)waitpid(pid_, nullptr, 0);
}

bool Witness::saw(int signal) {
    // Whoever signals a group, or all members of a cgroup, signals one after the other.
    const timespec moment{0, 1'000'000};
    (void)nanosleep(&moment, nullptr);
    // A group's SIGSTOP stops it, too, and it may be us alone whom SIGCONT has reached.
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_ && WIFSTOPPED(status)) (void)kill(pid_, SIGCONT);
    constexpr int answerMs = 100;
    int seen = 0;
    pollfd answer{line_.get(), POLLIN, 0};
    if (send(line_.get(), &signal, sizeof signal, MSG_NOSIGNAL) != sizeof signal) return false;
    if (poll(&answer, 1, answerMs) != 1) return false;
    return recv(line_.get(), &seen, sizeof seen, MSG_DONTWAIT) == sizeof seen && seen != 0;
}

}  // namespace diecast::launch
