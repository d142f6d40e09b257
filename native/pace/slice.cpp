#include "pace/slice.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace diecast::pace {

namespace {

// As linux/sched/types.h has it, which cannot be included beside sched.h.
struct Attributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtimeNs;
    std::uint64_t deadlineNs;
    std::uint64_t periodNs;
};

// The kernel takes less for this.
constexpr std::uint64_t leastSliceNs = 100'000;

}  // namespace

void takeShortSlice() noexcept {
    Attributes attributes{};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
    if (attributes.policy != SCHED_OTHER) return;
    attributes.runtimeNs = leastSliceNs;
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace diecast::pace
