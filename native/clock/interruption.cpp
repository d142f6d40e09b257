#include "interruption.h"

#include <cerrno>
#include <string>

#include "abi.h"
#include "guest_image.h"
#include "proc_files.h"

namespace diecast::clock {

namespace {

// What the kernel leaves in rax of an interrupted call until it has decided how the call goes on.
bool wasInterrupted(const Registers& registers) {
    constexpr long restartSys = 512, restartNoIntr = 513, restartNoHand = 514, restartBlock = 516;
    if (static_cast<long>(registers.orig_rax) < 0) return false;
    switch (-static_cast<long>(registers.rax)) {
        case EINTR:
        case restartSys:
        case restartNoIntr:
        case restartNoHand:
        case restartBlock:
            return true;
        default:
            return false;
    }
}

std::uint64_t signalField(pid_t tid, const char* key) {
    return std::stoull("0" + statusField(tid, key), nullptr, 16);
}

}  // namespace

bool handlerDue(pid_t tid, int signal) {
    const std::uint64_t caught = signalField(tid, "SigCgt");
    if (signal != 0) return (caught >> (signal - 1) & 1) != 0;
    const std::uint64_t pending = signalField(tid, "SigPnd") | signalField(tid, "ShdPnd");
    return (pending & ~signalField(tid, "SigBlk") & caught) != 0;
}

bool undoInterruption(Registers& registers) {
    constexpr unsigned syscallLength = 2;
    if (!wasInterrupted(registers)) return false;
    if (registers.rip == guestImage().waitEnd) {
        registers.rax = static_cast<unsigned long long>(-DC_KICKED);
    } else if (registers.rax == static_cast<unsigned long long>(-EINTR)) {
        registers.rip -= syscallLength;
        registers.rax = registers.orig_rax;
    } else {
        return false;  // the kernel's to restart
    }
    registers.orig_rax = ~0ull;
    return true;
}

}  // namespace diecast::clock
