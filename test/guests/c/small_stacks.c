// Waits on as little stack as there can be: 16 KiB threads, alternate signal stacks of the least size the kernel takes,
// and after a stack has overflowed.
#include <setjmp.h>
#include <sys/auxv.h>

#include "waits.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static void* all_waits(void* unused) {
    (void)unused;
    for (size_t w = 0; w < WAITS; w++) {
        errno = 0;
        int64_t start = now_ns();
        long ret = waits[w].wait(3 * MS);
        int error = ret < 0 ? errno : 0;
        int64_t took = now_ns() - start;
        // snprintf needs more stack than the wait: the numbers go out by a small formatter.
        char line[160], *at = line;
        const char* parts[] = {"thread_16k.", waits[w].name, " perceived_ns="};
        for (size_t p = 0; p < LENGTH(parts); p++)
            for (const char* c = parts[p]; *c != 0;) *at++ = *c++;
        const char* labels[] = {" expected_ns=", " late_ns=", " ret=", " errno="};
        const int64_t numbers[] = {took, 3 * MS, late_ns(w), ret, error};
        for (size_t n = 0; n < LENGTH(numbers); n++) {
            char digits[24];
            int count = 0;
            uint64_t left = (uint64_t)(numbers[n] < 0 ? -numbers[n] : numbers[n]);
            do digits[count++] = (char)('0' + left % 10);
            while ((left /= 10) > 0);
            if (numbers[n] < 0) *at++ = '-';
            while (count > 0) *at++ = digits[--count];
            if (n < LENGTH(labels))
                for (const char* c = labels[n]; *c != 0;) *at++ = *c++;
        }
        *at++ = '\n';
        if (write(STDOUT_FILENO, line, (size_t)(at - line)) < 0) _exit(1);
    }
    return NULL;
}

static void small_thread(void) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    char* stack = mmap(NULL, 16384 + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack, 4096, PROT_NONE);
    must(pthread_attr_setstack(&attributes, stack + 4096, 16384) == 0, "pthread_attr_setstack");
    pthread_t thread;
    must(pthread_create(&thread, &attributes, all_waits, NULL) == 0, "pthread_create");
    pthread_join(thread, NULL);
}

// ---- Alternate stacks
// ---------------------------------------------------------------------------------------------------

static char* alternate;
static size_t alternate_size;
static volatile int on_alternate, handled, wait_ret, wait_errno;
static volatile int64_t handler_took;

static void wait_on_alternate(int number) {
    (void)number;
    char here;
    on_alternate = &here >= alternate && &here < alternate + alternate_size;
    int64_t start = now_ns();
    struct timespec time = timespec_of(4 * MS);
    wait_ret = (int)syscall(SYS_nanosleep, &time, NULL);
    wait_errno = errno;
    handler_took = now_ns() - start;
    handled = handled + 1;
}

static void on_stack(const char* what, size_t size, int flags) {
    // A guard page below tells an overflow from luck.
    size_t whole = (size + 4095) / 4096 * 4096;
    char* area = mmap(NULL, whole + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(area, 4096, PROT_NONE);
    alternate = area + 4096 + whole - size;
    alternate_size = size;
    stack_t stack = {.ss_sp = alternate, .ss_size = size, .ss_flags = flags}, got;
    errno = 0;
    // The C library may ask for more than the kernel does.
    int ret = (int)syscall(SYS_sigaltstack, &stack, NULL);
    char name[64];
    snprintf(name, sizeof name, "%s.set", what);
    report(name, "ret=%d errno=%d", ret, ret < 0 ? errno : 0);
    if (ret == 0) {
        handled = 0;
        raise(SIGUSR1);
        report(what, "perceived_ns=%lld expected_ns=%lld ret=%d handled=%d on_it=%d", (long long)handler_took, 4 * MS,
               wait_ret, handled, on_alternate);
        syscall(SYS_sigaltstack, NULL, &got);
        snprintf(name, sizeof name, "%s.get", what);
        report(name, "same=%d flags=%d size_same=%d", got.ss_sp == alternate, got.ss_flags, got.ss_size == size);
        snprintf(name, sizeof name, "%s.wait_outside", what);
        report_wait(name, 0, now_ns(), 3 * MS, 3 * MS);
        report_wait(name, 8, now_ns(), 3 * MS, 3 * MS);
    }
    stack = (stack_t){.ss_flags = SS_DISABLE};
    syscall(SYS_sigaltstack, &stack, NULL);
    munmap(area, whole + 4096);
}

static void alternate_stacks(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = wait_on_alternate;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR1, &action, NULL);
    size_t least = getauxval(AT_MINSIGSTKSZ);
    if (least == 0) least = 2048;
    on_stack("alternate.64k", 65536, 0);
    on_stack("alternate.8k", 8192, 0);
    on_stack("alternate.disarmed", 16384, (int)(1u << 31) /* SS_AUTODISARM */);
    // The least holds what delivering takes and hardly anything else; what a handler needs itself comes on top.
    on_stack("alternate.least_and_1k", (least + 1024 + 63) / 64 * 64, 0);
    static char small[64];
    stack_t too_small = {.ss_sp = small, .ss_size = sizeof small};
    errno = 0;
    int ret = (int)syscall(SYS_sigaltstack, &too_small, NULL);
    report("alternate.too_small", "ret=%d errno=%d", ret, errno);
    // Larger in dilated time, where a handler's own calls need frames as well.
    report("alternate.at_minsigstksz", "told=%d", getauxval(AT_MINSIGSTKSZ) != 0);
}

// The least alternate stack is set while waits happen outside: the layer's own signal frame needs room.
static void wait_with_least_stack(void) {
    size_t least = getauxval(AT_MINSIGSTKSZ);
    if (least == 0) least = 2048;
    size_t whole = (least + 4095) / 4096 * 4096;
    char* area = mmap(NULL, whole + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(area, 4096, PROT_NONE);
    stack_t stack = {.ss_sp = area + 4096 + whole - least, .ss_size = least};
    must(syscall(SYS_sigaltstack, &stack, NULL) == 0, "sigaltstack");
    for (size_t w = 0; w < WAITS; w++) report_wait("least_set", w, now_ns(), 3 * MS, 3 * MS);
    stack = (stack_t){.ss_flags = SS_DISABLE};
    syscall(SYS_sigaltstack, &stack, NULL);
}

// ---- Overflow
// -----------------------------------------------------------------------------------------------------------

static sigjmp_buf back;
static volatile int overflows;
static volatile int64_t overflow_took;

static void on_overflow(int number) {
    (void)number;
    overflows = overflows + 1;
    int64_t start = now_ns();
    struct timespec time = timespec_of(4 * MS);
    syscall(SYS_nanosleep, &time, NULL);
    overflow_took = now_ns() - start;
    siglongjmp(back, 1);
}

static int overflow(volatile char* above) {
    volatile char room[4096];
    if (overflows > 0) return 0;
    room[0] = above[0];
    return overflow(room) + room[1];
}

static void* overflow_in_thread(void* unused) {
    (void)unused;
    static char memory[65536];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
    if (sigsetjmp(back, 1) == 0) overflow((char[16]){0});
    report("overflow", "perceived_ns=%lld expected_ns=%lld count=%d", (long long)overflow_took, 4 * MS, overflows);
    report_wait("after_overflow", 0, now_ns(), 3 * MS, 3 * MS);
    return NULL;
}

static void overflowing(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_overflow;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 131072);
    pthread_t thread;
    must(pthread_create(&thread, &attributes, overflow_in_thread, NULL) == 0, "pthread_create");
    pthread_join(thread, NULL);
    signal(SIGSEGV, SIG_DFL);
}

int main(void) {
    make_waits();
    wait_io_getevents(0);
    guest_begin();
    small_thread();
    alternate_stacks();
    wait_with_least_stack();
    overflowing();
    unmake_waits();
    return guest_end();
}
