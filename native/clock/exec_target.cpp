#include "exec_target.h"

#include <asm/unistd.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "guest_memory.h"
#include "proc_files.h"

namespace diecast::clock {

namespace {

using Verdict = ExecTarget::Verdict;

struct Path {
    int directory = AT_FDCWD;  // the caller's descriptor, if the path is relative
    std::string text;
};

std::optional<Path> pathOf(const Notification& call) {
    const bool at = call.nr == __NR_execveat;
    auto text = readGuestPath(call.tid, GuestAddress{call.arg[at ? 1 : 0]});
    if (!text) return std::nullopt;
    return Path{at ? static_cast<int>(call.arg[0]) : AT_FDCWD, std::move(*text)};
}

std::string procPath(pid_t tid, const std::string& entry) {
    return "/proc/" + std::to_string(tid) + "/" + entry;
}

// Where a relative path begins.
std::string baseOf(pid_t tid, int directory) {
    return procPath(tid, directory == AT_FDCWD ? "cwd" : "fd/" + std::to_string(directory));
}

// The first bytes of an ELF file, the same in both classes up to e_machine.
bool isThirtyTwoBit(const std::array<unsigned char, 20>& head) {
    if (std::memcmp(head.data(), ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS32) return false;
    const int machine = head[18] | head[19] << 8;
    // Others, ARM say, can be run by a 64-bit emulator through binfmt_misc. EM_X86_64 in a 32-bit file is x32.
    return machine == EM_386 || machine == EM_X86_64;
}

// The supervisor must not wait for a file system: its server may be in the tree. So only what the kernel resolves from
// its caches is looked at, and only where a block device lies below; the exec stop tells the rest.
Fd findCached(int directory, const char* path, std::uint64_t resolve) {
    constexpr std::uint64_t resolveCached = 0x20;  // RESOLVE_CACHED, Linux 5.12
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = resolve | resolveCached;
    return Fd(static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how)));
}

Verdict lookAt(int directory, const char* path, bool privileged, std::uint64_t resolve = 0) {
    const Fd found = findCached(directory, path, resolve);
    struct statx facts {};
    // Nothing but a regular file is opened: opening a pipe or a device has effects.
    if (!found || statx(found.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &facts) != 0 ||
        !S_ISREG(facts.stx_mode) || facts.stx_dev_major == 0)
        return Verdict::Try;
    const std::string link = procPath(getpid(), "fd/" + std::to_string(found.get()));
    const Fd file(open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        const bool executable =
            errno == EACCES && !privileged && faccessat(AT_FDCWD, link.c_str(), X_OK, AT_EACCESS) == 0;
        return executable ? Verdict::Unreadable : Verdict::Try;
    }
    std::array<unsigned char, 20> head{};
    const ssize_t n = pread(file.get(), head.data(), head.size(), 0);
    return n == static_cast<ssize_t>(head.size()) && isThirtyTwoBit(head) ? Verdict::ThirtyTwoBit : Verdict::Try;
}

// The same absolute path in the caller's root directory and mounts.
Verdict lookInRootOf(pid_t tid, const std::string& path, bool privileged) {
    const Fd root(open(procPath(tid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return root ? lookAt(root.get(), path.c_str(), privileged, RESOLVE_IN_ROOT) : Verdict::Try;
}

Verdict judge(const Notification& call, const Path& path, bool sameRoot) {
    const bool privileged = geteuid() == 0;
    if (path.text.empty()) return lookAt(AT_FDCWD, baseOf(call.tid, path.directory).c_str(), privileged);
    if (path.text.front() != '/') {
        const Fd base(open(baseOf(call.tid, path.directory).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        return base ? lookAt(base.get(), path.text.c_str(), privileged) : Verdict::Try;
    }
    if (!sameRoot) return lookInRootOf(call.tid, path.text, privileged);
    const Verdict here = lookAt(AT_FDCWD, path.text.c_str(), privileged);
    // Nearly every program is fine: only a refusal is worth a closer look. Should this path be another file over there,
    // the exec stop still tells a 32-bit program.
    return here == Verdict::Try ? here : lookInRootOf(call.tid, path.text, privileged);
}

}  // namespace

ExecTarget lookAtExecTarget(const Notification& call, bool sameRoot) {
    const auto path = pathOf(call);
    if (!path) return {Verdict::Try, "a program (of " + nameOf(call.tid) + ")"};
    const std::string name = path->text.empty() ? "a program (of " + nameOf(call.tid) + ")" : path->text;
    return {judge(call, *path, sameRoot), name};
}

}  // namespace diecast::clock
