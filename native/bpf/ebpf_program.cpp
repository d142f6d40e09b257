#include "bpf/ebpf_program.h"

#include <limits>
#include <stdexcept>

namespace diecast::bpf {

namespace {
constexpr std::size_t unplaced = std::numeric_limits<std::size_t>::max();
}  // namespace

EbpfProgram::Label EbpfProgram::newLabel() {
    places_.push_back(unplaced);
    return static_cast<Label>(places_.size() - 1);
}

void EbpfProgram::place(Label label) {
    places_.at(static_cast<std::size_t>(label)) = code_.size();
}

void EbpfProgram::set(Register to, std::int32_t value) {
    append(BPF_ALU64 | BPF_MOV | BPF_K, to, Register::r0, 0, value);
}

void EbpfProgram::setMap(Register to, int descriptor) {
    append(BPF_LD | BPF_DW | BPF_IMM, to, static_cast<Register>(BPF_PSEUDO_MAP_FD), 0, descriptor);
    append(0, Register::r0, Register::r0, 0, 0);
}

void EbpfProgram::copy(Register to, Register from) {
    append(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

void EbpfProgram::add(Register to, std::int32_t value) {
    append(BPF_ALU64 | BPF_ADD | BPF_K, to, Register::r0, 0, value);
}

void EbpfProgram::add(Register to, Register from) {
    append(BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0);
}

void EbpfProgram::subtract(Register to, Register from) {
    append(BPF_ALU64 | BPF_SUB | BPF_X, to, from, 0, 0);
}

void EbpfProgram::shiftLeft(Register to, std::int32_t bits) {
    append(BPF_ALU64 | BPF_LSH | BPF_K, to, Register::r0, 0, bits);
}

void EbpfProgram::load(Register to, Register base, std::int16_t offset) {
    append(BPF_LDX | BPF_W | BPF_MEM, to, base, offset, 0);
}

void EbpfProgram::store(Register base, std::int16_t offset, Register from) {
    append(BPF_STX | BPF_W | BPF_MEM, base, from, offset, 0);
}

void EbpfProgram::load64(Register to, Register base, std::int16_t offset) {
    append(BPF_LDX | BPF_DW | BPF_MEM, to, base, offset, 0);
}

void EbpfProgram::store64(Register base, std::int16_t offset, Register from) {
    append(BPF_STX | BPF_DW | BPF_MEM, base, from, offset, 0);
}

void EbpfProgram::addTo64(Register base, std::int16_t offset, Register from) {
    append(BPF_STX | BPF_DW | BPF_XADD, base, from, offset, 0);
}

void EbpfProgram::jumpIfEqual(Register left, std::int32_t right, Label to) {
    appendJump(BPF_JEQ | BPF_K, left, Register::r0, right, to);
}

void EbpfProgram::jumpIfBelow(Register left, std::int32_t right, Label to) {
    appendJump(BPF_JLT | BPF_K, left, Register::r0, right, to);
}

void EbpfProgram::jumpIfBelow(Register left, Register right, Label to) {
    appendJump(BPF_JLT | BPF_X, left, right, 0, to);
}

void EbpfProgram::jumpIfAbove(Register left, std::int32_t right, Label to) {
    appendJump(BPF_JGT | BPF_K, left, Register::r0, right, to);
}

void EbpfProgram::jump(Label to) {
    appendJump(BPF_JA, Register::r0, Register::r0, 0, to);
}

void EbpfProgram::call(bpf_func_id helper) {
    append(BPF_JMP | BPF_CALL, Register::r0, Register::r0, 0, helper);
}

void EbpfProgram::exit() {
    append(BPF_JMP | BPF_EXIT, Register::r0, Register::r0, 0, 0);
}

std::vector<bpf_insn> EbpfProgram::finish() const {
    std::vector<bpf_insn> code = code_;
    for (const Fixup& fixup : fixups_) {
        const std::size_t place = places_.at(static_cast<std::size_t>(fixup.to));
        if (place == unplaced || place <= fixup.instruction)
            throw std::logic_error("eBPF jumps go forward here, to a placed label");
        code[fixup.instruction].off = static_cast<std::int16_t>(place - fixup.instruction - 1);
    }
    return code;
}

void EbpfProgram::appendJump(unsigned code, Register left, Register right, std::int32_t value, Label to) {
    fixups_.push_back({code_.size(), to});
    append(BPF_JMP | code, left, right, 0, value);
}

void EbpfProgram::append(unsigned code, Register to, Register from, std::int16_t offset, std::int32_t value) {
    bpf_insn instruction{};
    instruction.code = static_cast<std::uint8_t>(code);
    instruction.dst_reg = static_cast<std::uint8_t>(to) & 0xf;
    instruction.src_reg = static_cast<std::uint8_t>(from) & 0xf;
    instruction.off = offset;
    instruction.imm = value;
    code_.push_back(instruction);
}

}  // namespace diecast::bpf
