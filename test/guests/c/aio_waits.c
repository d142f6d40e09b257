// io_getevents and io_pgetevents: time-outs, events in time, signals and their masks.
#include <linux/aio_abi.h>
#include <poll.h>

#include "guest.h"

#ifndef SYS_io_pgetevents
#define SYS_io_pgetevents 333
#endif
#ifndef IOCB_CMD_POLL
#define IOCB_CMD_POLL 5
#endif

static char name[128];
static const char* named(const char* call, const char* what) {
    snprintf(name, sizeof name, "%s.%s", call, what);
    return name;
}

static int aio_pipe[2];
static void write_pipe(void* unused) {
    (void)unused;
    must(write(aio_pipe[1], "x", 1) == 1, "write");
}

static void asynchronous(void) {
    aio_context_t context = 0;
    must(syscall(SYS_io_setup, 8, &context) == 0 && pipe(aio_pipe) == 0, "io_setup");
    struct iocb block, *blocks[1] = {&block};
    memset(&block, 0, sizeof block);
    block.aio_lio_opcode = IOCB_CMD_POLL;
    block.aio_fildes = (uint32_t)aio_pipe[0];
    block.aio_buf = POLLIN;
    for (int pget = 0; pget < 2; pget++) {
        const char* call = pget ? "io_pgetevents" : "io_getevents";
        struct io_event events[4];
        struct timespec time = timespec_of(14 * MS);
#define GET(least, time)                                                      \
    (pget ? syscall(SYS_io_pgetevents, context, least, 4, events, time, NULL) \
          : syscall(SYS_io_getevents, context, least, 4, events, time))
        TIMED(named(call, "timeout"), 14 * MS, GET(1, &time));
        report(named(call, "untouched"), "value=%lld", (long long)ns_of(time));
        time = timespec_of(0);
        TIMED(named(call, "zero"), 0, GET(1, &time));
        TIMED(named(call, "none_wanted"), 0, GET(0, NULL));
        struct later writer;
        must(syscall(SYS_io_submit, context, 1, blocks) == 1, "io_submit");
        time = timespec_of(40 * MS);
        int64_t start = now_ns();
        later(&writer, 8 * MS, write_pipe, NULL);
        TIMED_FROM(start, named(call, "in_time"), 8 * MS, GET(1, &time));
        later_join(&writer);
        char byte;
        must(read(aio_pipe[0], &byte, 1) == 1, "read");
        must(syscall(SYS_io_submit, context, 1, blocks) == 1, "io_submit");
        start = now_ns();
        later(&writer, 8 * MS, write_pipe, NULL);
        TIMED_FROM(start, named(call, "unbounded"), 8 * MS, GET(1, NULL));
        later_join(&writer);
        must(read(aio_pipe[0], &byte, 1) == 1, "read");
        handle(SIGALRM, SA_RESTART);
        start = now_ns();
        alarm_after(6 * MS);
        TIMED_FROM(start, named(call, "signal"), 6 * MS, GET(1, &time));
        TIMED(named(call, "least_too_many"), 0, GET(5, &time));
    }
    struct io_event events[4];
    struct timespec time = timespec_of(3 * MS);
    TIMED("io_getevents.context", 0, syscall(SYS_io_getevents, 77, 1, 4, events, &time));
    // A signal mask for the wait.
    uint64_t none = 0;
    struct {
        const void* mask;
        size_t size;
    } pair = {&none, 8};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    handle(SIGUSR1, SA_RESTART);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    int before = signals_seen;
    TIMED("io_pgetevents.pending_let_in", 0, syscall(SYS_io_pgetevents, context, 1, 4, events, &time, &pair));
    report("io_pgetevents.handled", "count=%d", signals_seen - before);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    pair.size = 4;
    TIMED("io_pgetevents.mask_size", 0, syscall(SYS_io_pgetevents, context, 1, 4, events, &time, &pair));
    TIMED("io_pgetevents.mask_pointer", 0, syscall(SYS_io_pgetevents, context, 1, 4, events, &time, (void*)8));
    syscall(SYS_io_destroy, context);
}

int main(void) {
    guest_begin();
    asynchronous();
    return guest_end();
}
