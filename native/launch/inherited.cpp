#include "inherited.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace diecast::launch {

namespace {

// As the kernel has it. The C library keeps signals 32 and 33 to itself; they can be inherited ignored or blocked like
// others.
struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};
constexpr std::size_t maskSize = sizeof(std::uint64_t);

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t changeMask(int how, std::uint64_t mask) {
    std::uint64_t before = 0;
    if (syscall(SYS_rt_sigprocmask, how, &mask, &before, maskSize) != 0) raise("rt_sigprocmask");
    return before;
}

void setAction(int signal, void (*handler)(int)) {
    const KernelAction action{handler, 0, nullptr, 0};
    if (syscall(SYS_rt_sigaction, signal, &action, nullptr, maskSize) != 0) raise("rt_sigaction");
}

std::uint64_t readIgnored() {
    std::uint64_t ignored = 0;
    for (int signal = 1; signal <= lastSignal; signal++) {
        KernelAction action{};
        if (syscall(SYS_rt_sigaction, signal, nullptr, &action, maskSize) != 0) raise("rt_sigaction");
        if (action.handler == SIG_IGN) ignored |= signalBit(signal);
    }
    return ignored;
}

}  // namespace

Inherited readInherited(const Options& options) {
    Inherited inherited;
    inherited.ignoredSignals = options.ignoredSignals ? *options.ignoredSignals : readIgnored();
    inherited.blockedSignals = options.blockedSignals ? *options.blockedSignals : changeMask(SIG_BLOCK, 0);
    inherited.openFiles = options.openFiles;
    return inherited;
}

void restoreInherited(const Inherited& inherited, std::uint64_t keepUnblocked) {
    if (inherited.openFiles) {
        rlimit limit{};
        if (getrlimit(RLIMIT_NOFILE, &limit) != 0) raise("getrlimit");
        limit.rlim_cur = *inherited.openFiles;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) raise("cannot restore the limit of open files (RLIMIT_NOFILE)");
    }
    for (int signal = 1; signal <= lastSignal; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) continue;
        const bool ignored = (inherited.ignoredSignals & ~keepUnblocked & signalBit(signal)) != 0;
        setAction(signal, ignored ? SIG_IGN : SIG_DFL);
    }
    changeMask(SIG_SETMASK, inherited.blockedSignals & ~keepUnblocked);
}

void takeSignalsOver() {
    setAction(SIGCHLD, SIG_DFL);
    changeMask(SIG_SETMASK, ~std::uint64_t{0});
}

}  // namespace diecast::launch
