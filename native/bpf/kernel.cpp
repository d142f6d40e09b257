#include "bpf/kernel.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

namespace diecast::bpf {

int answer(bpf_cmd command, bpf_attr& attributes) {
    return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

clock::Fd call(bpf_cmd command, bpf_attr& attributes) {
    return clock::Fd(answer(command, attributes));
}

clock::Fd load(std::string_view name, bpf_prog_type type, bpf_attach_type attachType,
               const std::vector<bpf_insn>& code) {
    bpf_attr attributes{};
    attributes.prog_type = type;
    attributes.expected_attach_type = attachType;
    attributes.insns = reinterpret_cast<std::uint64_t>(code.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
    attributes.license = reinterpret_cast<std::uint64_t>("");
    std::copy_n(name.begin(), std::min(name.size(), sizeof attributes.prog_name - 1), attributes.prog_name);
    clock::Fd program = call(BPF_PROG_LOAD, attributes);
    if (!program) {
        throw std::system_error(errno, std::generic_category(), "bpf: the kernel does not load " + std::string(name));
    }
    return program;
}

}  // namespace diecast::bpf
