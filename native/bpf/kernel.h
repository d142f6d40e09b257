// bpf(2).
#pragma once

#include <linux/bpf.h>

#include <string_view>
#include <vector>

#include "clock/fd.h"

namespace diecast::bpf {

// -1, and errno, if it fails.
int answer(bpf_cmd command, bpf_attr& attributes);
// Of those whose answer is a descriptor; none, and errno, if it fails.
clock::Fd call(bpf_cmd command, bpf_attr& attributes);

// Has the kernel check and take a program, under a `name` of at most 15 letters, without a licence. Throws
// std::system_error with its answer.
clock::Fd load(std::string_view name, bpf_prog_type type, bpf_attach_type attachType,
               const std::vector<bpf_insn>& code);

}  // namespace diecast::bpf
