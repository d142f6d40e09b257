// An eBPF program under construction: one call for each instruction, labels in place of offsets. As much of the
// instruction set (Documentation/bpf/standardization/instruction-set.rst) as is needed here. The classic BPF of seccomp
// filters is another language: native/clock/bpf_program.h.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace diecast::bpf {

// Arguments of calls go in r1 to r5, results come in r0; r6 to r9 survive calls; r10 is the end of the stack.
enum class Register : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };

class EbpfProgram {
  public:
    enum class Label : std::size_t {};

    Label newLabel();
    void place(Label label);

    void set(Register to, std::int32_t value);
    // A map that this process has open as `descriptor`.
    void setMap(Register to, int descriptor);
    void copy(Register to, Register from);
    void add(Register to, std::int32_t value);
    void add(Register to, Register from);
    void subtract(Register to, Register from);
    void shiftLeft(Register to, std::int32_t bits);
    // 32 bits at `base` + `offset`; 64 bits; and to 64 bits there, at once.
    void load(Register to, Register base, std::int16_t offset);
    void store(Register base, std::int16_t offset, Register from);
    void load64(Register to, Register base, std::int16_t offset);
    void store64(Register base, std::int16_t offset, Register from);
    void addTo64(Register base, std::int16_t offset, Register from);
    void jumpIfEqual(Register left, std::int32_t right, Label to);
    // Unsigned.
    void jumpIfBelow(Register left, std::int32_t right, Label to);
    void jumpIfBelow(Register left, Register right, Label to);
    void jumpIfAbove(Register left, std::int32_t right, Label to);
    void jump(Label to);
    void call(bpf_func_id helper);
    // Ends the program; r0 is its answer.
    void exit();

    // Resolves the labels. Throws std::logic_error if one was never placed, or lies behind a jump to it.
    std::vector<bpf_insn> finish() const;

  private:
    void appendJump(unsigned code, Register left, Register right, std::int32_t value, Label to);
    void append(unsigned code, Register to, Register from, std::int16_t offset, std::int32_t value);

    struct Fixup {
        std::size_t instruction;
        Label to;
    };
    std::vector<bpf_insn> code_;
    std::vector<std::size_t> places_;
    std::vector<Fixup> fixups_;
};

}  // namespace diecast::bpf
