// The first instructions of a program in dilated time: maps the pages of abi.h, installs the handler, and goes on to the
// program's entry point with the registers the kernel would have given it. Position-independent; the injector copies
// it into the new process image and sets
//   %r12  the entry point           %r14  dc_gate
//   %r13  DC_STUB_* flags           %r15  dc_on_signal       %rbp  dc_restorer
// %ebx holds the step, for the report of a failure. No handler is installed yet, so a signal meanwhile does
// what it does to any program that has just begun.
#include <asm/unistd.h>

#include "injection_stub.h"

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define MAP_FIXED_NOREPLACE 0x100000
#define PR_SET_TSC 26
#define PR_TSC_SIGSEGV 2
#define SIGSEGV 11
#define SIGSYS 31
#define SIGSET_SIZE 8
#define SA_SIGINFO 4
#define SA_RESTORER 0x04000000
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
// On the guest's alternate stack if it has one, not blocked in itself, and transparent to interrupted calls.
#define HANDLER_FLAGS (SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART | SA_RESTORER)

    .section .rodata
    .globl dc_stub_begin
dc_stub_begin:
    mov $DC_STEP_MAP_STATE, %ebx
    mov $DC_ASM_STATE_ADDR, %edi
    mov $DC_ASM_STATE_SIZE, %esi
    mov $(PROT_READ | PROT_WRITE), %edx
    mov $(MAP_PRIVATE | MAP_ANONYMOUS), %r10d
    mov $-1, %r8
    xor %r9d, %r9d
    call map

    // The supervisor fills in the process state before it answers.
    inc %ebx
    mov $DC_ASM_FETCH_BUNDLE, %edx
    call fetch

    inc %ebx
    mov $DC_ASM_CLOCK_ADDR, %edi
    mov $DC_ASM_CLOCK_SIZE, %esi
    mov $PROT_READ, %edx
    mov $MAP_SHARED, %r10d
    mov $DC_ASM_BUNDLE_CLOCK, %r9d
    call map

    inc %ebx
    mov $DC_ASM_CODE_ADDR, %edi
    mov $DC_ASM_CODE_MAX, %esi
    mov $(PROT_READ | PROT_EXEC), %edx
    mov $MAP_PRIVATE, %r10d
    mov $DC_ASM_BUNDLE_CODE, %r9d
    call map
    call drop

    test $DC_STUB_STATS, %r13d
    jz 1f
    mov $DC_STEP_FETCH_STATS, %ebx
    mov $DC_ASM_FETCH_STATS, %edx
    call fetch
    inc %ebx
    mov $DC_ASM_STATS_ADDR, %edi
    mov $DC_ASM_STATS_SIZE, %esi
    mov $(PROT_READ | PROT_WRITE), %edx
    mov $MAP_SHARED, %r10d
    xor %r9d, %r9d
    call map
    call drop
1:
    mov $DC_STEP_SIGACTION, %ebx
    mov $SIGSYS, %edi
    call handle
    test $DC_STUB_TSC, %r13d
    jz 2f
    mov $SIGSEGV, %edi
    call handle
    inc %ebx
    mov $__NR_prctl, %eax
    mov $PR_SET_TSC, %edi
    mov $PR_TSC_SIGSEGV, %esi
    call *%r14
    test %rax, %rax
    jnz failed
2:
    // As the kernel starts a program: every register but the stack pointer is 0.
    push %r12
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    ret

// mmap to exactly %rdi.
map:
    or $MAP_FIXED_NOREPLACE, %r10d
    mov $__NR_mmap, %eax
    syscall
    cmp %rdi, %rax
    jne failed
    ret

// A descriptor of %edx, into %r8.
fetch:
    mov $__NR_execve, %eax
    xor %edi, %edi
    movabs $DC_ASM_FETCH_MAGIC, %rsi
    syscall
    test %rax, %rax
    js failed
    mov %rax, %r8
    ret

// Closes %r8. Descriptor 0 may have been lent: then the supervisor puts back what was there.
drop:
    test %r8d, %r8d
    jnz 3f
    mov $__NR_execve, %eax
    xor %edi, %edi
    movabs $DC_ASM_FETCH_MAGIC, %rsi
    mov $DC_FETCH_GIVE_BACK, %edx
    syscall
    test %rax, %rax
    jz 4f
3:
    mov $__NR_close, %eax
    mov %r8d, %edi
    syscall
4:
    ret

// Installs the handler for signal %edi. The filter lets this call pass from the guest image only.
handle:
    push $0
    push %rbp
    push $HANDLER_FLAGS
    push %r15
    mov $__NR_rt_sigaction, %eax
    mov %rsp, %rsi
    xor %edx, %edx
    mov $SIGSET_SIZE, %r10d
    call *%r14
    add $32, %rsp
    test %rax, %rax
    jnz failed
    ret

// Reports, and ends the process with the exit code that comes back.
failed:
    mov %rax, %r8
    neg %r8
    mov %ebx, %r10d
    mov $DC_FETCH_FAILED, %edx
    movabs $DC_ASM_FETCH_MAGIC, %rsi
    xor %edi, %edi
    mov $__NR_execve, %eax
    syscall
    mov %eax, %edi
    mov $__NR_exit_group, %eax
    syscall
    ud2
    .balign 8
    .globl dc_stub_end
dc_stub_end:

    .section .note.GNU-stack, "", @progbits
