// What the injected stub (injection_stub.S) and the injector agree on. Also read by the assembler.
#ifndef DIECAST_CLOCK_INJECTION_STUB_H
#define DIECAST_CLOCK_INJECTION_STUB_H

// More things to ask for with execve(0, DC_FETCH_MAGIC, which, ...), besides those in abi.h.
#define DC_FETCH_GIVE_BACK 2  // "you gave me descriptor 0: put back what was there"; 1 if nothing was taken
#define DC_FETCH_FAILED 3     // "step R10 failed with errno R8"; the answer is the exit code to use

// In %r13.
#define DC_STUB_STATS 1
#define DC_STUB_TSC 2

#define DC_STEP_MAP_STATE 1
#define DC_STEP_FETCH_BUNDLE 2
#define DC_STEP_MAP_CLOCK 3
#define DC_STEP_MAP_CODE 4
#define DC_STEP_FETCH_STATS 5
#define DC_STEP_MAP_STATS 6
#define DC_STEP_SIGACTION 7
#define DC_STEP_TSC 8

// abi.h's numbers, since its spelling of them is C's; injector.cpp checks that they agree.
#define DC_ASM_CLOCK_ADDR 0x6dc00000
#define DC_ASM_CLOCK_SIZE 0x2000
#define DC_ASM_STATS_ADDR 0x6dc02000
#define DC_ASM_STATS_SIZE 0x2000
#define DC_ASM_STATE_ADDR 0x6dc04000
#define DC_ASM_STATE_SIZE 0xc000
#define DC_ASM_CODE_ADDR 0x6dc10000
#define DC_ASM_CODE_MAX 0x10000
#define DC_ASM_BUNDLE_CLOCK 0
#define DC_ASM_BUNDLE_CODE 0x2000
#define DC_ASM_FETCH_MAGIC 0x6469656361737421
#define DC_ASM_FETCH_BUNDLE 0
#define DC_ASM_FETCH_STATS 1

#ifndef __ASSEMBLER__
#include <cstddef>

extern "C" {
extern const std::byte dc_stub_begin[];
extern const std::byte dc_stub_end[];
}
#endif
#endif
