// `diecast`: notes what Node would lose, then becomes Node with the command line program.
//
// A command under `diecast exec` has to see what it would see without it, but Node, before it runs a line of ours,
// resets every signal disposition, raises the limit on open files and marks inherited descriptors close-on-exec. A
// shell script could not stand here: shells add PWD, SHLVL and _ to the environment. What is noted travels in
// DIECAST_INHERITED; native/addon/replace.cpp takes it out again.

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kOwnFailure = 125;

[[noreturn]] void fail(const std::string& message) {
    std::fprintf(stderr, "diecast: %s\n", message.c_str());
    std::exit(kOwnFailure);
}

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(value));
    return text;
}

// As the kernel has it: the C library hides signals 32 and 33, which can be inherited ignored or blocked like others.
struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

std::uint64_t ignoredSignals() {
    std::uint64_t bits = 0;
    for (int signal = 1; signal <= 64; ++signal) {
        KernelAction action{};
        if (syscall(SYS_rt_sigaction, signal, nullptr, &action, sizeof bits) == 0 && action.handler == SIG_IGN) {
            bits |= std::uint64_t{1} << (signal - 1);
        }
    }
    return bits;
}

std::uint64_t blockedSignals() {
    std::uint64_t bits = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &bits, sizeof bits);
    return bits;
}

// Standard descriptors that are closed: Node opens /dev/null in their place.
std::string closedDescriptors() {
    std::string list;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (fcntl(fd, F_GETFD) < 0) list += (list.empty() ? "" : ",") + std::to_string(fd);
    }
    return list;
}

// Descriptors beyond the standard three that a command would inherit, such as those of a shell's <(...).
std::string inheritedDescriptors() {
    DIR* directory = opendir("/proc/self/fd");
    if (directory == nullptr) fail(std::string("/proc/self/fd: ") + std::strerror(errno) + "; is /proc mounted?");
    std::string list;
    while (const dirent* entry = readdir(directory)) {
        const int fd = std::atoi(entry->d_name);
        if (fd <= STDERR_FILENO || fd == dirfd(directory)) continue;
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) list += (list.empty() ? "" : ",") + std::to_string(fd);
    }
    closedir(directory);
    return list;
}

// The directory above the one this executable is in.
std::string packageDirectory() {
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0) fail(std::string("/proc/self/exe: ") + std::strerror(errno) + "; is /proc mounted?");
    const std::string_view executable(path, static_cast<std::size_t>(length));
    const std::string_view bin = executable.substr(0, executable.rfind('/'));
    return std::string(bin.substr(0, bin.rfind('/')));
}

}  // namespace

int main(int argc, char** argv) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    // Before anything is opened, which would take their places.
    const std::string closed = closedDescriptors();
    const std::string inherited = "DIECAST_INHERITED=ignored=" + hex(ignoredSignals()) +
                                  " blocked=" + hex(blockedSignals()) + " nofile=" + std::to_string(files.rlim_cur) +
                                  " fds=" + inheritedDescriptors() + " closed=" + closed;

    // NODE_OPTIONS and the like are meant for the command, not for the Node that starts it.
    std::vector<std::string> kept;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        if (text.starts_with("DIECAST_INHERITED=")) continue;
        kept.push_back(text.starts_with("NODE_") ? "DIECAST_KEEP_" + std::string(text) : std::string(text));
    }
    kept.push_back(inherited);
    std::vector<char*> environment;
    for (std::string& variable : kept) environment.push_back(variable.data());
    environment.push_back(nullptr);

    std::string script = packageDirectory() + "/dist/src/cli/main.js";
    if (access(script.c_str(), R_OK) != 0) fail(script + " is missing; build it with: npm run build");
    std::string node = "node";
    std::vector<char*> arguments{node.data(), script.data()};
    for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
    arguments.push_back(nullptr);

    execvpe("node", arguments.data(), environment.data());
    fail(errno == ENOENT ? "there is no `node` on PATH; install Node.js 20.17 or later"
                         : std::string("cannot run node: ") + std::strerror(errno));
}
