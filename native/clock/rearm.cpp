#include "rearm.h"

#include <asm/unistd.h>
#include <signal.h>

#include <cerrno>
#include <cstddef>
#include <optional>

#include "abi.h"
#include "guest_image.h"
#include "interruption.h"
#include "proc_files.h"

namespace diecast::clock {

namespace {

constexpr std::uint64_t allSignalsBut(int signal) {
    return ~(std::uint64_t{1} << (signal - 1));
}

// The state page comes before the code in a program's first moments.
bool codeIsMapped(pid_t pid) {
    std::byte first{};
    return readGuest(pid, GuestAddress{guestImage().rearm}, {&first, 1});
}

bool waitsForChild(const ThreadActivity& activity) {
    return activity.nr == __NR_vfork || activity.nr == __NR_clone;
}

// A thread that waits in the kernel is best: one that runs might be inside a restartable sequence (rseq), which the
// kernel cannot abort while the thread is elsewhere. One in vfork does not stop at all.
std::optional<pid_t> chooseThread(pid_t pid, const std::function<bool(pid_t)>& busy) {
    std::optional<pid_t> running;
    for (const pid_t tid : threadsOf(pid)) {
        if (busy(tid)) continue;
        const ThreadActivity activity = blockedIn(tid);
        if (activity.kind == ThreadActivity::Kind::Blocked && !waitsForChild(activity)) return tid;
        if (activity.kind == ThreadActivity::Kind::Running) running = tid;
    }
    return running;
}

}  // namespace

Rearm::Start Rearm::start(pid_t pid, const std::function<bool(pid_t)>& busy) {
    std::uint32_t timersUsed = 0;
    constexpr auto timersUsedAt = GuestAddress{DC_STATE_ADDR} + offsetof(dc_state, timers_used);
    // Without a state page it has never been in dilated time, or has just ended.
    if (!readGuestObject(pid, timersUsedAt, timersUsed) || timersUsed == 0) return Start::NotNeeded;
    if (!codeIsMapped(pid)) return Start::Later;
    const auto tid = chooseThread(pid, busy);
    if (!tid) return threadsOf(pid).empty() ? Start::NotNeeded : Start::Later;
    const int error = seize(*tid);
    if (error != 0) return error == ESRCH ? Start::Later : Start::Impossible;
    pid_ = pid;
    tid_ = *tid;
    calling_ = false;
    (void)interrupt(tid_);  // if it has been killed, that will be reported
    return Start::Started;
}

Rearm::Progress Rearm::onStop(StoppedThread& thread, int signal) {
    if (calling_) {
        if (signal != SIGTRAP) {  // the process's being stopped or continued also stops it for us
            thread.goOn();
            return Progress::Going;
        }
        thread.setSignalMask(mask_);
        thread.setRegisters(registers_);
        return Progress::Done;
    }
    if (signal != 0) {  // to be handled first
        thread.passOn(signal);
        return Progress::Later;
    }
    registers_ = thread.registers();
    if (!handlerDue(thread.tid(), signal)) (void)undoInterruption(registers_);
    mask_ = thread.signalMask();
    Registers call = registers_;
    call.rip = guestImage().rearm;
    // Not on the thread's own stack: that may be a goroutine's, with a few hundred bytes left. The state page's unused
    // end serves instead, as if this were a function just called.
    call.rsp = DC_STATE_ADDR + DC_STATE_SIZE - sizeof(std::uint64_t);
    constexpr unsigned long long directionFlag = 0x400;
    call.eflags &= ~directionFlag;
    // The call that was interrupted is restarted when its own registers are back, not now.
    call.orig_rax = ~0ull;
    thread.setSignalMask(allSignalsBut(SIGTRAP));
    thread.setRegisters(call);
    calling_ = true;
    thread.goOn();
    return Progress::Going;
}

}  // namespace diecast::clock
