#include "own_name.h"

#include <sys/prctl.h>

#include <cstddef>
#include <cstring>

namespace diecast::launch {

namespace {

// The kernel lays them out one behind the other.
char* begin = nullptr;
std::size_t size = 0;  // without the last NUL

}  // namespace

void rememberArguments(int argc, char** argv) noexcept {
    if (argc == 0) return;
    begin = argv[0];
    size = static_cast<std::size_t>(argv[argc - 1] + std::strlen(argv[argc - 1]) - begin);
}

void nameProcess(const char* name) noexcept {
    (void)prctl(PR_SET_NAME, name);
}

void nameProcessInGuest(const char* name) noexcept {
    nameProcess(name);
    if (begin == nullptr) return;
    std::memset(begin, 0, size);
    std::strncpy(begin, name, size);
    // No NUL at the end: then the kernel shows it up to its first one (fs/proc/base.c, get_mm_proctitle) and no row of
    // empty arguments behind it.
    begin[size] = 1;
}

}  // namespace diecast::launch
