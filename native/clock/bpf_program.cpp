#include "bpf_program.h"

#include <limits>
#include <stdexcept>

namespace diecast::clock {

namespace {
constexpr std::size_t unplaced = std::numeric_limits<std::size_t>::max();
constexpr sock_filter statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}
}  // namespace

BpfProgram::Label BpfProgram::newLabel() {
    places_.push_back(unplaced);
    return static_cast<Label>(places_.size() - 1);
}

void BpfProgram::place(Label label) {
    places_.at(static_cast<std::size_t>(label)) = code_.size();
}

void BpfProgram::load(std::uint32_t offset) {
    code_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offset));
}

void BpfProgram::mask(std::uint32_t bits) {
    code_.push_back(statement(BPF_ALU | BPF_AND | BPF_K, bits));
}

void BpfProgram::ret(std::uint32_t action) {
    code_.push_back(statement(BPF_RET | BPF_K, action));
}

void BpfProgram::jump(Label to) {
    fixups_.push_back({code_.size(), to});
    code_.push_back(statement(BPF_JMP | BPF_JA, 0));
}

void BpfProgram::jumpIf(std::uint16_t test, std::uint32_t value, Label to) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), 0, 1, value});
    jump(to);
}

void BpfProgram::jumpUnless(std::uint16_t test, std::uint32_t value, Label to) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), 1, 0, value});
    jump(to);
}

std::vector<sock_filter> BpfProgram::finish() const {
    std::vector<sock_filter> code = code_;
    for (const Fixup& fixup : fixups_) {
        const std::size_t place = places_.at(static_cast<std::size_t>(fixup.to));
        if (place == unplaced || place <= fixup.instruction)
            throw std::logic_error("BPF jumps go forward, to a placed label");
        code[fixup.instruction].k = static_cast<std::uint32_t>(place - fixup.instruction - 1);
    }
    return code;
}

}  // namespace diecast::clock
