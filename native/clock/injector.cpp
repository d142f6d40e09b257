#include "injector.h"

#include <asm/unistd.h>
#include <elf.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "guest_image.h"
#include "initial_stack.h"
#include "injection_stub.h"

namespace diecast::clock {

namespace {

static_assert(DC_ASM_CLOCK_ADDR == DC_CLOCK_ADDR && DC_ASM_CLOCK_SIZE == DC_CLOCK_SIZE);
static_assert(DC_ASM_STATS_ADDR == DC_STATS_ADDR && DC_ASM_STATS_SIZE == DC_STATS_SIZE);
static_assert(DC_ASM_STATE_ADDR == DC_STATE_ADDR && DC_ASM_STATE_SIZE == DC_STATE_SIZE);
static_assert(DC_ASM_CODE_ADDR == DC_CODE_ADDR && DC_ASM_CODE_MAX == DC_CODE_MAX);
static_assert(DC_ASM_BUNDLE_CLOCK == DC_BUNDLE_CLOCK && DC_ASM_BUNDLE_CODE == DC_BUNDLE_CODE);
static_assert(DC_ASM_FETCH_MAGIC == DC_FETCH_MAGIC);
static_assert(DC_ASM_FETCH_BUNDLE == DC_FETCH_BUNDLE && DC_ASM_FETCH_STATS == DC_FETCH_STATS);

std::span<const std::byte> stub() {
    return {dc_stub_begin, dc_stub_end};
}

// The kernel's vDSO is an ELF file that ends somewhere in its last page; what follows is executable, and nobody's.
// Should it be too short, the section headers at the file's end go as well: only a debugger would look at them.
std::uint64_t findStubOffset() {
    constexpr std::uint64_t pageSize = 4096;
    constexpr std::uint64_t alignment = 16;
    const unsigned long base = getauxval(AT_SYSINFO_EHDR);
    if (base == 0) throw std::runtime_error("this kernel gives programs no vDSO (boot option vdso=0?)");
    Elf64_Ehdr header;
    std::memcpy(&header, reinterpret_cast<const void*>(base), sizeof header);
    const std::uint64_t fileEnd = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
    const std::uint64_t pageEnd = (fileEnd + pageSize - 1) / pageSize * pageSize;
    for (const std::uint64_t candidate : {fileEnd, std::uint64_t{header.e_shoff}}) {
        const std::uint64_t offset = (candidate + alignment - 1) / alignment * alignment;
        if (header.e_shnum != 0 && offset + stub().size() <= pageEnd) return offset;
    }
    throw std::runtime_error("this kernel's vDSO has no room for the injected code");
}

// A guest's handler may begin while a trapped call has a frame on the alternate stack, and make one itself: where the
// kernel alone puts one frame, there may be three. Programs that ask how large such a stack has to be are told so.
constexpr std::uint64_t signalFrames = 3;

const char* describeStep(std::uint64_t step) {
    switch (step) {
        case DC_STEP_MAP_STATE:
            return "mapping the process state";
        case DC_STEP_FETCH_BUNDLE:
            return "receiving the time page";
        case DC_STEP_MAP_CLOCK:
            return "mapping the time page";
        case DC_STEP_MAP_CODE:
            return "mapping the guest code";
        case DC_STEP_FETCH_STATS:
            return "receiving the statistics page";
        case DC_STEP_MAP_STATS:
            return "mapping the statistics page";
        case DC_STEP_SIGACTION:
            return "installing the signal handler";
        case DC_STEP_TSC:
            return "taking over the time stamp counter (PR_SET_TSC)";
        default:
            return "an unknown step";
    }
}

// A descriptor of the same open file as the process's descriptor 0.
Fd copyOfDescriptorZero(pid_t pid) {
    const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return Fd();
    return Fd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), 0, 0)));
}

}  // namespace

Injector::Injector(InjectionSource source) : source_(std::move(source)), stubOffset_(findStubOffset()) {}

bool Injector::isRequest(const Notification& call) noexcept {
    return call.nr == __NR_execve && call.arg[0] == 0 && call.arg[1] == DC_FETCH_MAGIC;
}

bool Injector::isFailure(const Notification& call) noexcept {
    return isRequest(call) && call.arg[2] == DC_FETCH_FAILED;
}

std::string Injector::plant(StoppedThread& thread, Injection& injection) const {
    constexpr unsigned long long compatibilitySegment = 0x23;  // __USER32_CS
    constexpr unsigned long long xenCompatibilitySegment = 0xe023;
    const std::string thirtyTwoBit =
        injection.program + " is a 32-bit program; only x86-64 programs can run in dilated time";
    const std::string unreachable =
        "cannot run " + injection.program + ": its memory cannot be reached (is the file unreadable?)";

    Registers registers = thread.registers();
    if (registers.cs == compatibilitySegment || registers.cs == xenCompatibilitySegment) return thirtyTwoBit;
    const auto auxiliary = readAuxiliaryEntries(thread.tid(), GuestAddress{registers.rsp});
    if (!auxiliary) return unreachable;
    if (auxiliary->programHeaderSize != sizeof(Elf64_Phdr)) return thirtyTwoBit;
    if (raw(auxiliary->vdsoValue) == 0) return "cannot run " + injection.program + ": the kernel gave it no vDSO";

    injection.vdso = auxiliary->vdso;
    const GuestAddress stubAddress = auxiliary->vdso + stubOffset_;
    const std::uint64_t ours = DC_CODE_ADDR;
    if (!writeGuestObject(thread.tid(), auxiliary->vdsoValue, ours)) return unreachable;
    if (raw(auxiliary->signalStackValue) != 0) {
        const std::uint64_t needed = auxiliary->signalStack * signalFrames;
        if (!writeGuestObject(thread.tid(), auxiliary->signalStackValue, needed)) return unreachable;
    }
    if (!thread.overwrite(stubAddress, stub())) return unreachable;

    const GuestImage& image = guestImage();
    registers.r12 = registers.rip;
    registers.r13 = (source_.stats ? DC_STUB_STATS : 0) | (source_.state.tscKhz != 0 ? DC_STUB_TSC : 0);
    registers.r14 = image.gate;
    registers.r15 = image.onSignal;
    registers.rbp = image.restorer;
    // The thread is still inside execve, which sets rax on its way out and nothing else.
    registers.rip = raw(stubAddress);
    thread.setRegisters(registers);
    return {};
}

bool Injector::give(Listener& listener, const Notification& call, const Fd& fd, Injection& injection) const {
    int error = listener.give(call, fd.get());
    if (error == EMFILE) {
        // Its table is full to the limit, so descriptor 0 is there: lend it. (POSIX locks it held on that file through
        // descriptor 0 are lost, as whenever a descriptor is closed.)
        injection.lent = copyOfDescriptorZero(call.tid);
        if (injection.lent) error = listener.give(call, fd.get(), 0);
        if (error != 0) injection.lent.reset();
    }
    if (error == 0) return true;
    (void)listener.fail(call, error);  // the stub reports it
    return false;
}

bool Injector::serve(Listener& listener, const Notification& call, Injection& injection) const {
    switch (call.arg[2]) {
        case DC_FETCH_BUNDLE:
            if (writeProcessState(call.tid, injection.vdso, source_.state, injection.carried)) {
                injection.hasBundle = give(listener, call, source_.bundle, injection);
            } else {
                (void)listener.fail(call, EFAULT);
            }
            break;
        case DC_FETCH_STATS:
            injection.hasStats = give(listener, call, source_.stats, injection);
            break;
        case DC_FETCH_GIVE_BACK:
            if (injection.lent) {
                const Fd lent = std::move(injection.lent);
                if (const int error = listener.give(call, lent.get(), 0); error != 0) (void)listener.fail(call, error);
            } else {
                (void)listener.answer(call, 1);
            }
            break;
        default:
            (void)listener.fail(call, EFAULT);
            break;
    }
    return injection.hasBundle && (injection.hasStats || !source_.stats) && !injection.lent;
}

std::string Injector::describeFailure(const Notification& call, const std::string& program) {
    const std::uint64_t step = call.arg[3];
    const int error = static_cast<int>(call.arg[4]);
    const std::string start = "cannot run " + program + ": ";
    const bool fetching = step == DC_STEP_FETCH_BUNDLE || step == DC_STEP_FETCH_STATS;
    if (!fetching && error == EEXIST) {
        return start + "it occupies addresses between 0x6dc00000 and 0x6dc20000, where dilated time lives";
    }
    if (!fetching && error == ENOMEM) return start + "its address space is limited too tightly (ulimit -v)";
    if (fetching && (error == EMFILE || error == EBADF))
        return start + "it may not have a single file descriptor (ulimit -n)";
    return start + describeStep(step) + " failed: " + std::strerror(error);
}

}  // namespace diecast::clock
