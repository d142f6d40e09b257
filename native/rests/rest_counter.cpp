#include "rests/rest_counter.h"

#include <linux/bpf.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

#include "bpf/ebpf_program.h"
#include "bpf/kernel.h"

namespace diecast::rests {
namespace {

// Of one group, in the kernel's map.
struct Counters {
    std::uint64_t leftNs;        // when one of its tasks left a processor last
    std::uint64_t leftWanting;   // 1: and would have gone on
    std::uint64_t presentClass;  // of the rest that it runs after
    std::uint64_t presentNs;     // how long it has run since
    std::array<Rested, classes> byClass;
};
constexpr int restedBits = 5;
static_assert(sizeof(Rested) == 1 << restedBits);

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t address(const void* pointer) {
    return reinterpret_cast<std::uint64_t>(pointer);
}

clock::Fd makeMap(bpf_map_type type, std::size_t keyBytes, std::size_t valueBytes, std::size_t entries) {
    bpf_attr attributes{};
    attributes.map_type = type;
    attributes.key_size = static_cast<std::uint32_t>(keyBytes);
    attributes.value_size = static_cast<std::uint32_t>(valueBytes);
    attributes.max_entries = static_cast<std::uint32_t>(entries);
    clock::Fd map = bpf::call(BPF_MAP_CREATE, attributes);
    if (!map) fail("bpf: the kernel makes no map");
    return map;
}

// Where sched_switch has its arguments: whether the task was made to leave, and its state, since Linux 5.18. Before,
// the kernel does not attach a program that reads it.
constexpr std::int16_t preemptArgument = 0;
constexpr std::int16_t stateArgument = 3 * sizeof(std::uint64_t);
constexpr std::int32_t runnable = 0;  // TASK_RUNNING

// Called with interrupts off, by the task that leaves the processor.
std::vector<bpf_insn> program(int switches, int guests) {
    using enum bpf::Register;
    constexpr std::int16_t zero = -4;
    constexpr std::int16_t group = -16;
    constexpr auto left = static_cast<std::int16_t>(offsetof(Counters, leftNs));
    constexpr auto leftWanting = static_cast<std::int16_t>(offsetof(Counters, leftWanting));
    constexpr auto present = static_cast<std::int16_t>(offsetof(Counters, presentClass));
    constexpr auto presentNs = static_cast<std::int16_t>(offsetof(Counters, presentNs));
    constexpr auto ofClass = [](std::size_t field) {
        return static_cast<std::int16_t>(offsetof(Counters, byClass) + field);
    };
    constexpr auto rests = ofClass(offsetof(Rested, rests));
    constexpr auto ran = ofClass(offsetof(Rested, ranNs));
    constexpr auto cutRuns = ofClass(offsetof(Rested, cutRuns));
    constexpr auto cutNs = ofClass(offsetof(Rested, cutNs));
    bpf::EbpfProgram program;
    const auto wants = program.newLabel();
    const auto stateKnown = program.newLabel();
    const auto known = program.newLabel();
    const auto begins = program.newLabel();
    const auto goesOn = program.newLabel();
    const auto counted = program.newLabel();
    const auto done = program.newLabel();
    // r0: where the map has the value of the key on the stack.
    const auto lookUp = [&program, done](int map, std::int16_t key) {
        program.setMap(r1, map);
        program.copy(r2, r10);
        program.add(r2, key);
        program.call(BPF_FUNC_map_lookup_elem);
        program.jumpIfEqual(r0, 0, done);
    };

    // r6: whether the task would have gone on.
    program.load64(r3, r1, stateArgument);
    program.load64(r2, r1, preemptArgument);
    program.set(r6, 0);
    program.jumpIfEqual(r3, runnable, wants);
    program.jumpIfEqual(r2, 0, stateKnown);
    program.place(wants);
    program.set(r6, 1);
    program.place(stateKnown);

    // r7: now; r8: since when the task has run, which is when the last one left this processor.
    program.call(BPF_FUNC_ktime_get_ns);
    program.copy(r7, r0);
    program.set(r1, 0);
    program.store(r10, zero, r1);
    lookUp(switches, zero);
    program.load64(r8, r0, 0);
    program.store64(r0, 0, r7);

    // r1: when one of the group's left before this one; r9: whether that would have gone on.
    program.call(BPF_FUNC_get_current_cgroup_id);
    program.store64(r10, group, r0);
    lookUp(guests, group);
    program.load64(r1, r0, left);
    program.store64(r0, left, r7);
    program.load64(r9, r0, leftWanting);
    program.store64(r0, leftWanting, r6);
    program.jumpIfEqual(r1, 0, done);
    program.jumpIfEqual(r8, 0, done);

    // r7: how long it ran.
    program.subtract(r7, r8);

    // r3: the rest's class. On another processor one of the group's may have left after this one came.
    program.set(r3, 0);
    program.jumpIfBelow(r8, r1, known);
    program.copy(r2, r8);
    program.subtract(r2, r1);
    for (std::size_t i = 1; i < classes; i++) {
        program.jumpIfBelow(r2, 1 << (shortestRestBits + i - 1), known);
        program.set(r3, static_cast<std::int32_t>(i));
    }
    program.place(known);
    program.jumpIfEqual(r3, 0, goesOn);

    // The run before is over.
    program.load64(r4, r0, present);
    program.load64(r5, r0, presentNs);
    program.store64(r0, present, r3);
    program.store64(r0, presentNs, r7);
    program.jumpIfEqual(r9, 0, begins);
    program.jumpIfEqual(r4, 0, begins);
    program.jumpIfAbove(r4, classes - 1, begins);
    program.shiftLeft(r4, restedBits);
    program.add(r4, r0);
    program.addTo64(r4, cutNs, r5);
    program.set(r5, 1);
    program.addTo64(r4, cutRuns, r5);
    program.place(begins);
    program.copy(r4, r3);
    program.shiftLeft(r4, restedBits);
    program.add(r4, r0);
    program.set(r5, 1);
    program.addTo64(r4, rests, r5);
    program.jump(counted);

    program.place(goesOn);
    program.addTo64(r0, presentNs, r7);
    program.load64(r3, r0, present);
    program.jumpIfAbove(r3, classes - 1, done);
    program.place(counted);
    program.shiftLeft(r3, restedBits);
    program.add(r0, r3);
    program.addTo64(r0, ran, r7);

    program.place(done);
    program.set(r0, 0);
    program.exit();
    return program.finish();
}

// The kernel's number of a group of version 2 is that of its directory.
std::uint64_t idOf(const std::string& group) {
    struct stat directory {};
    if (stat(group.c_str(), &directory) != 0) fail(group);
    return directory.st_ino;
}

clock::Fd attach(const clock::Fd& program) {
    constexpr std::string_view tracepoint = "sched_switch";
    bpf_attr attributes{};
    attributes.raw_tracepoint.name = address(tracepoint.data());
    attributes.raw_tracepoint.prog_fd = static_cast<std::uint32_t>(program.get());
    clock::Fd link = bpf::call(BPF_RAW_TRACEPOINT_OPEN, attributes);
    if (!link) fail("bpf: cannot attach to sched_switch as of Linux 5.18");
    return link;
}

}  // namespace

RestCounter::RestCounter(const std::vector<std::string>& groups)
    : guests_(makeMap(BPF_MAP_TYPE_HASH, sizeof(std::uint64_t), sizeof(Counters), groups.size())) {
    const Counters none{};
    for (const std::string& group : groups) {
        ids_.push_back(idOf(group));
        bpf_attr attributes{};
        attributes.map_fd = static_cast<std::uint32_t>(guests_.get());
        attributes.key = address(&ids_.back());
        attributes.value = address(&none);
        if (bpf::answer(BPF_MAP_UPDATE_ELEM, attributes) != 0) fail("bpf: no room for a group");
    }
    const clock::Fd switches = makeMap(BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(std::uint32_t), sizeof(std::uint64_t), 1);
    // The program keeps its maps, and the link the program.
    link_ =
        attach(bpf::load("diecast_rests", BPF_PROG_TYPE_RAW_TRACEPOINT, {}, program(switches.get(), guests_.get())));
}

std::array<Rested, classes> RestCounter::read(std::size_t group) const {
    Counters counters{};
    bpf_attr attributes{};
    attributes.map_fd = static_cast<std::uint32_t>(guests_.get());
    attributes.key = address(&ids_.at(group));
    attributes.value = address(&counters);
    if (bpf::answer(BPF_MAP_LOOKUP_ELEM, attributes) != 0) fail("bpf: a group's counters");
    return counters.byClass;
}

}  // namespace diecast::rests
