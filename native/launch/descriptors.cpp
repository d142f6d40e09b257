#include "descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "clock/fd.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void closeRange(int first, int last) {
    if (first > last) return;
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
    // Before Linux 5.9.
    const long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd <= last && fd < limit; fd++) close(fd);
}

}  // namespace

void reserveStandardDescriptors() {
    while (true) {
        const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0) raise("/dev/null");
        if (fd <= STDERR_FILENO) continue;
        close(fd);
        return;
    }
}

void releaseInherited(std::initializer_list<int> kept) {
    std::vector<int> fds(kept);
    std::ranges::sort(fds);
    int next = STDERR_FILENO + 1;
    for (const int fd : fds) {
        closeRange(next, fd - 1);
        next = std::max(next, fd + 1);
    }
    closeRange(next, INT_MAX);
    const clock::Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null) raise("/dev/null");
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
        if (dup3(null.get(), fd, O_CLOEXEC) < 0) raise("dup3");
    }
}

void setCloseOnExec(int fd) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) raise("descriptor");
}

}  // namespace diecast::launch
