// The parts of the guest code that must be exactly these instructions.

#define DC_KICKED 4000
#define CLOCK_GENERATION 0x6dc00010  // dc_clock_page.generation; both checked in dispatch.c
    .text

// long dc_wait(long nr, const uint64_t arg[6], uint32_t generation)
//
// A system call that does not begin once the mapping it was computed for is gone. The supervisor, having changed
// the mapping, looks at every thread: one between dc_wait_begin and dc_wait_end is set back to the check, one
// whose call it interrupted at dc_wait_end gets -DC_KICKED. So no wait is ever begun or kept with a stale deadline.
    .globl dc_wait
    .hidden dc_wait
    .type dc_wait, @function
dc_wait:
    .cfi_startproc
    push %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    mov %edx, %ebx
    mov %rdi, %rax
    mov %rsi, %r11
    mov (%r11), %rdi
    mov 8(%r11), %rsi
    mov 16(%r11), %rdx
    mov 24(%r11), %r10
    mov 32(%r11), %r8
    mov 40(%r11), %r9
    .globl dc_wait_begin
    .type dc_wait_begin, @function
dc_wait_begin:
    cmp CLOCK_GENERATION, %ebx
    jne 1f
    syscall
    .globl dc_wait_end
    .type dc_wait_end, @function
dc_wait_end:
    pop %rbx
    .cfi_remember_state
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
1:
    .cfi_restore_state
    mov $-DC_KICKED, %rax
    pop %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
    .cfi_endproc
    .size dc_wait, . - dc_wait

// A system call from within the image, for the injected stub.
    .globl dc_gate
    .type dc_gate, @function
dc_gate:
    syscall
    ret
    .size dc_gate, . - dc_gate

// void dc_rearm(void), called by the supervisor on a stopped thread.
    .globl dc_rearm
    .type dc_rearm, @function
dc_rearm:
    call rearm_timers
    int3
    .size dc_rearm, . - dc_rearm

// The return from a signal handler. Unwinders know it by these very bytes, so it has no unwind information of its own.
// The nop keeps a return address here from being looked up one byte earlier, in another function.
    .balign 16
    nop
    .globl dc_restorer
    .type dc_restorer, @function
dc_restorer:
    mov $15, %rax
    syscall
    .size dc_restorer, . - dc_restorer

    .section .note.GNU-stack, "", @progbits
