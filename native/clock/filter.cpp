#include "filter.h"

#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <span>

#include "abi.h"
#include "bpf_program.h"
#include "socket_options.h"
#include "syscalls.h"

namespace diecast::clock {

namespace {

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t trap = SECCOMP_RET_TRAP | DC_TRAP_DATA;
constexpr std::uint32_t notify = SECCOMP_RET_USER_NOTIF;
constexpr std::uint32_t refuse(int error) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

constexpr std::uint32_t lowWord(unsigned argument) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
}
constexpr std::uint32_t highWord(unsigned argument) {
    return lowWord(argument) + 4;
}

// What one system call's rule emits. It ends in a jump to `toTrap` or a return.
using Rule = std::function<void(BpfProgram&, BpfProgram::Label toTrap)>;
struct Entry {
    std::uint32_t number;
    Rule rule;
};

// The conditions of rules.def. Each is a function that makes a Rule.
Rule always() {
    return [](BpfProgram& p, BpfProgram::Label toTrap) { p.jump(toTrap); };
}

Rule anyNonzero(std::vector<unsigned> arguments) {
    return [arguments](BpfProgram& p, BpfProgram::Label toTrap) {
        for (const unsigned argument : arguments) {
            p.load(lowWord(argument));
            p.jumpUnless(BPF_JEQ, 0, toTrap);
            p.load(highWord(argument));
            p.jumpUnless(BPF_JEQ, 0, toTrap);
        }
        p.ret(allow);
    };
}

void trapIfPositiveInt(BpfProgram& p, unsigned argument, BpfProgram::Label toTrap) {
    const auto no = p.newLabel();
    p.load(lowWord(argument));
    p.jumpIf(BPF_JEQ, 0, no);
    p.jumpUnless(BPF_JSET, 0x80000000u, toTrap);
    p.place(no);
}

// A timeout in milliseconds, an int: 0 and negative ("forever") carry no time.
Rule positive(unsigned argument) {
    return [argument](BpfProgram& p, BpfProgram::Label toTrap) {
        trapIfPositiveInt(p, argument, toTrap);
        p.ret(allow);
    };
}

Rule positiveOrNonzero(unsigned timeout, unsigned pointer) {
    return [timeout, pointer](BpfProgram& p, BpfProgram::Label toTrap) {
        trapIfPositiveInt(p, timeout, toTrap);
        anyNonzero({pointer})(p, toTrap);
    };
}

Rule equals(unsigned argument, std::uint32_t value) {
    return [argument, value](BpfProgram& p, BpfProgram::Label toTrap) {
        p.load(lowWord(argument));
        p.jumpIf(BPF_JEQ, value, toTrap);
        p.ret(allow);
    };
}

// Only the waiting operations take argument 3 as a timeout; to the others it is a number.
Rule futex() {
    return [](BpfProgram& p, BpfProgram::Label toTrap) {
        const auto waits = p.newLabel();
        p.load(lowWord(1));
        p.mask(static_cast<std::uint32_t>(FUTEX_CMD_MASK));
        for (const std::uint32_t operation :
             {FUTEX_WAIT, FUTEX_LOCK_PI, FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2}) {
            p.jumpIf(BPF_JEQ, operation, waits);
        }
        p.ret(allow);
        p.place(waits);
        anyNonzero({3})(p, toTrap);
    };
}

Rule socketOption() {
    return [](BpfProgram& p, BpfProgram::Label toTrap) {
        const auto socket = p.newLabel();
        const auto tcp = p.newLabel();
        p.load(lowWord(1));
        p.jumpIf(BPF_JEQ, SOL_SOCKET, socket);
        p.jumpIf(BPF_JEQ, IPPROTO_TCP, tcp);
        p.ret(allow);
        p.place(socket);
        p.load(lowWord(2));
#define DC_SOCKET_OPTION(name) p.jumpIf(BPF_JEQ, name, toTrap);
        DC_TIMED_SOCKET_OPTIONS
#undef DC_SOCKET_OPTION
        p.ret(allow);
        p.place(tcp);
        p.load(lowWord(2));
#define DC_SOCKET_OPTION(name) p.jumpIf(BPF_JEQ, name, toTrap);
        DC_TIMED_TCP_OPTIONS
#undef DC_SOCKET_OPTION
        p.ret(allow);
    };
}

Rule stampRequest() {
    return [](BpfProgram& p, BpfProgram::Label toTrap) {
        p.load(lowWord(1));
        for (const unsigned request :
             {DC_SIOCGSTAMP_OLD, DC_SIOCGSTAMPNS_OLD, DC_SIOCGSTAMP_NEW, DC_SIOCGSTAMPNS_NEW}) {
            p.jumpIf(BPF_JEQ, request, toTrap);
        }
        p.ret(allow);
    };
}

Rule returning(std::uint32_t action) {
    return [action](BpfProgram& p, BpfProgram::Label) { p.ret(action); };
}

Rule notifyIfEquals(unsigned argument, std::uint32_t value) {
    return [argument, value](BpfProgram& p, BpfProgram::Label) {
        const auto other = p.newLabel();
        p.load(lowWord(argument));
        p.jumpUnless(BPF_JEQ, value, other);
        p.ret(notify);
        p.place(other);
        p.ret(allow);
    };
}

Rule notifyUnlessThread() {
    return [](BpfProgram& p, BpfProgram::Label) {
        const auto thread = p.newLabel();
        p.load(lowWord(0));
        p.jumpIf(BPF_JSET, CLONE_THREAD, thread);
        p.ret(notify);
        p.place(thread);
        p.ret(allow);
    };
}

std::vector<Entry> entries(const FilterOptions& options) {
    std::vector<Entry> list;
#define ALWAYS always()
#define NONZERO(argument) anyNonzero({argument})
#define EITHER(a, b) anyNonzero({a, b})
#define POSITIVE(argument) positive(argument)
#define POSITIVE_OR_NONZERO(timeout, pointer) positiveOrNonzero(timeout, pointer)
#define EQUALS(argument, value) equals(argument, value)
#define FUTEX futex()
#define SOCKET_OPTION socketOption()
#define STAMP_REQUEST stampRequest()
#define FILE_TIMES (options.fileTimes ? always() : Rule())
#define NEVER Rule()
#define WAIT(when, mask) (options.alwaysRealRate ? mask : when)
#define DC_TRAP(name, when, handler) list.push_back({__NR_##name, when});
#include "rules.def"
#undef DC_TRAP
#define DC_REFUSE(name, error) list.push_back({__NR_##name, returning(refuse(error))});
#include "refusals.def"
#undef DC_REFUSE
    list.push_back({__NR_execve, returning(notify)});
    list.push_back({__NR_execveat, returning(notify)});
    list.push_back({__NR_ptrace, notifyIfEquals(0, PTRACE_TRACEME)});
    if (options.countProcesses) {
        list.push_back({__NR_fork, returning(notify)});
        list.push_back({__NR_vfork, returning(notify)});
        list.push_back({__NR_clone, notifyUnlessThread()});
    }
    std::erase_if(list, [](const Entry& entry) { return !entry.rule; });
    std::ranges::sort(list, {}, &Entry::number);
    return list;
}

// A binary search over the numbers. Calls without a rule are allowed after looking at nothing but their number, which
// lets the kernel (5.11 and later) skip the filter for them altogether.
void search(BpfProgram& p, std::span<const Entry> list, BpfProgram::Label toTrap) {
    if (list.size() <= 2) {
        for (const Entry& entry : list) {
            const auto next = p.newLabel();
            p.jumpUnless(BPF_JEQ, entry.number, next);
            entry.rule(p, toTrap);
            p.place(next);
        }
        p.ret(allow);
        return;
    }
    const std::size_t half = list.size() / 2;
    const auto upper = p.newLabel();
    p.jumpIf(BPF_JGE, list[half].number, upper);
    search(p, list.first(half), toTrap);
    p.place(upper);
    search(p, list.subspan(half), toTrap);
}

}  // namespace

std::vector<sock_filter> buildFilter(const FilterOptions& options) {
    BpfProgram p;
    const auto native = p.newLabel();
    const auto number = p.newLabel();
    const auto toTrap = p.newLabel();
    const auto ownCode = p.newLabel();
    const auto outside = p.newLabel();

    p.load(offsetof(seccomp_data, arch));
    p.jumpIf(BPF_JEQ, AUDIT_ARCH_X86_64, native);
    p.ret(refuse(ENOSYS));
    p.place(native);
    p.load(offsetof(seccomp_data, nr));
    p.jumpUnless(BPF_JGE, __X32_SYSCALL_BIT, number);
    p.ret(refuse(ENOSYS));
    p.place(number);
    search(p, entries(options), toTrap);

    // The guest code's own calls are the real ones.
    p.place(toTrap);
    p.load(offsetof(seccomp_data, instruction_pointer) + 4);
    p.jumpUnless(BPF_JEQ, 0, outside);
    p.load(offsetof(seccomp_data, instruction_pointer));
    p.jumpUnless(BPF_JGE, DC_CODE_ADDR, outside);
    p.jumpUnless(BPF_JGE, DC_END, ownCode);
    p.place(outside);
    p.ret(trap);
    p.place(ownCode);
    p.ret(allow);
    return p.finish();
}

}  // namespace diecast::clock
