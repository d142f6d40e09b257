// A BPF program under construction: labels in place of offsets, for jumps longer than the eight bits a conditional
// jump has.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace diecast::clock {

class BpfProgram {
  public:
    enum class Label : std::size_t {};

    Label newLabel();
    void place(Label label);

    void load(std::uint32_t offset);
    void mask(std::uint32_t bits);
    void ret(std::uint32_t action);
    void jump(Label to);
    // BPF_JEQ, BPF_JGE, BPF_JGT or BPF_JSET with `value`: jump if it holds, go on if not.
    void jumpIf(std::uint16_t test, std::uint32_t value, Label to);
    void jumpUnless(std::uint16_t test, std::uint32_t value, Label to);

    // Resolves the labels. Throws std::logic_error if one was never placed.
    std::vector<sock_filter> finish() const;

  private:
    struct Fixup {
        std::size_t instruction;
        Label to;
    };
    std::vector<sock_filter> code_;
    std::vector<std::size_t> places_;
    std::vector<Fixup> fixups_;
};

}  // namespace diecast::clock
