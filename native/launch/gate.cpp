#include "gate.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace diecast::launch {

bool gateIsClosed(const dc_clock_page& page) noexcept {
    return __atomic_load_n(&page.now.rate, __ATOMIC_SEQ_CST) == 0;
}

void waitAtGate(const dc_clock_page& page) noexcept {
    while (true) {
        // In this order: whoever lets time run writes the rate first, then the generation, and then wakes.
        const std::uint32_t generation = __atomic_load_n(&page.generation, __ATOMIC_SEQ_CST);
        if (!gateIsClosed(page)) return;
        (void)syscall(SYS_futex, &page.generation, FUTEX_WAIT, generation, nullptr, nullptr, 0);
    }
}

}  // namespace diecast::launch
