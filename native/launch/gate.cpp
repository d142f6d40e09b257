#include "gate.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace diecast::launch {

namespace {

bool timeStands(const dc_clock_page& page) noexcept {
    return __atomic_load_n(&page.now.rate, __ATOMIC_SEQ_CST) == 0;
}

void waitWhile(const std::uint32_t& word, std::uint32_t value) noexcept {
    (void)syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}

}  // namespace

bool gateIsClosed(const dc_clock_page& page, std::uint32_t gate) noexcept {
    return timeStands(page) || __atomic_load_n(&page.open_gates, __ATOMIC_SEQ_CST) < gate;
}

void waitAtGate(const dc_clock_page& page, std::uint32_t gate) noexcept {
    while (true) {
        // In this order: whoever lets time run writes the rate first, then the generation, and then wakes.
        const std::uint32_t generation = __atomic_load_n(&page.generation, __ATOMIC_SEQ_CST);
        const std::uint32_t open = __atomic_load_n(&page.open_gates, __ATOMIC_SEQ_CST);
        if (timeStands(page))
            waitWhile(page.generation, generation);
        else if (open < gate)
            waitWhile(page.open_gates, open);
        else
            return;
    }
}

}  // namespace diecast::launch
