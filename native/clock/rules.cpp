#include "rules.h"

#include "syscalls.h"

namespace diecast::clock {

const char* syscallName(int number) noexcept {
    switch (number) {
#define DC_TRAP(name, when, handler) \
    case __NR_##name:                \
        return #name;
#include "rules.def"
#undef DC_TRAP
        default:
            return nullptr;
    }
}

}  // namespace diecast::clock
