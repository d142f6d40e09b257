// What poll, select and epoll answer to arguments of every kind, and what they write: compared with native.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "guest.h"

static char name[128];
static const char* named(const char* call, const char* what, int number) {
    snprintf(name, sizeof name, "%s.%s.%d", call, what, number);
    return name;
}

static void* bad_places[5];
static int quiet[2], ready[2], closed[2];

static void bad_pointers(void) {
    for (int i = 0; i < (int)LENGTH(bad_places); i++) {
        void* bad = bad_places[i];
        struct timespec time = timespec_of(2 * MS);
        TIMED(named("poll", "fds", i), 0, syscall(SYS_poll, bad, 1, 2));
        TIMED(named("ppoll", "fds", i), 0, syscall(SYS_ppoll, bad, 1, &time, NULL, 8));
        struct pollfd entry = {ready[0], POLLIN, 0};
        TIMED(named("ppoll", "mask", i), 0, syscall(SYS_ppoll, &entry, 1, &time, i == 0 ? (void*)8 : bad, 8));
        TIMED(named("ppoll", "mask_size", i), 0, syscall(SYS_ppoll, &entry, 1, &time, &time, i * 4 == 8 ? 7 : i * 4));
        fd_set set;
        FD_ZERO(&set);
        FD_SET(ready[0], &set);
        time = timespec_of(2 * MS);
        if (i > 0) {
            TIMED(named("select", "read", i), 0,
                  syscall(SYS_select, ready[0] + 1, bad, NULL, NULL, &(struct timeval){0, 2000}));
            TIMED(named("pselect6", "read", i), 0, syscall(SYS_pselect6, ready[0] + 1, bad, NULL, NULL, &time, NULL));
            TIMED(named("pselect6", "mask", i), 0, syscall(SYS_pselect6, ready[0] + 1, &set, NULL, NULL, &time, bad));
            struct {
                void* mask;
                size_t size;
            } pair = {bad, 8};
            FD_SET(ready[0], &set);
            TIMED(named("pselect6", "inner_mask", i), 0,
                  syscall(SYS_pselect6, ready[0] + 1, &set, NULL, NULL, &time, &pair));
        }
        struct {
            void* mask;
            size_t size;
        } pair = {&set, (size_t)i * 4 == 8 ? 7 : (size_t)i * 4};
        FD_SET(ready[0], &set);
        TIMED(named("pselect6", "mask_size", i), 0,
              syscall(SYS_pselect6, ready[0] + 1, &set, NULL, NULL, &time, &pair));
        int epoll = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = 1}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, ready[0], &event);
        TIMED(named("epoll_wait", "events", i), 0, syscall(SYS_epoll_wait, epoll, bad, 1, 2));
        TIMED(named("epoll_pwait", "mask", i), 0,
              syscall(SYS_epoll_pwait, epoll, &event, 1, 2, i == 0 ? (void*)8 : bad, 8));
        TIMED(named("epoll_pwait", "mask_size", i), 0,
              syscall(SYS_epoll_pwait, epoll, &event, 1, 2, &time, i * 4 == 8 ? 7 : i * 4));
        TIMED(named("epoll_pwait2", "mask", i), 0,
              syscall(SYS_epoll_pwait2, epoll, &event, 1, &time, i == 0 ? (void*)8 : bad, 8));
        close(epoll);
    }
}

// What cannot be written back is no error for select, pselect6 and ppoll.
static void left_cannot_be_written(void) {
    struct timespec* sealed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < 2; round++) {
        int fd = round ? ready[0] : quiet[0];
        mprotect(sealed, 4096, PROT_READ | PROT_WRITE);
        *sealed = timespec_of(5 * MS);
        mprotect(sealed, 4096, PROT_READ);
        struct pollfd entry = {fd, POLLIN, 0};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        TIMED(named("ppoll", "sealed", round), round ? 0 : 5 * MS, syscall(SYS_ppoll, &entry, 1, sealed, NULL, 8));
        TIMED(named("pselect6", "sealed", round), round ? 0 : 5 * MS,
              syscall(SYS_pselect6, fd + 1, &set, NULL, NULL, sealed, NULL));
        mprotect(sealed, 4096, PROT_READ | PROT_WRITE);
        *(struct timeval*)sealed = timeval_of(5 * MS);
        mprotect(sealed, 4096, PROT_READ);
        FD_SET(fd, &set);
        TIMED(named("select", "sealed", round), round ? 0 : 5 * MS,
              syscall(SYS_select, fd + 1, &set, NULL, NULL, sealed));
    }
    // Interrupted while it cannot be written: EINTR, and not a restart that would wait anew.
    handle(SIGALRM, SA_RESTART);
    mprotect(sealed, 4096, PROT_READ | PROT_WRITE);
    *sealed = timespec_of(20 * MS);
    mprotect(sealed, 4096, PROT_READ);
    int64_t start = now_ns();
    alarm_after(5 * MS);
    struct pollfd entry = {quiet[0], POLLIN, 0};
    TIMED_FROM(start, "ppoll.sealed.interrupted", 5 * MS, syscall(SYS_ppoll, &entry, 1, sealed, NULL, 8));
}

static void events_written(void) {
    struct pollfd entries[4] = {
        {quiet[0], POLLIN, 0x55}, {ready[0], POLLIN, 0x55}, {closed[0], POLLIN | POLLOUT, 0x55}, {-7, POLLIN, 0x55}};
    int ret = poll(entries, 4, 5);
    report("poll.events", "ret=%d 0=%d 1=%d 2=%d 3=%d", ret, entries[0].revents, entries[1].revents, entries[2].revents,
           entries[3].revents);
    entries[1].revents = 0x55;
    ret = poll(entries, 1, 5);
    report("poll.none", "ret=%d 0=%d 1=%d", ret, entries[0].revents, entries[1].revents);
    struct pollfd gone = {999, POLLIN, 0};
    ret = poll(&gone, 1, 5);
    report("poll.not_open", "ret=%d revents=%d", ret, gone.revents);
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(quiet[0], &in);
    FD_SET(ready[0], &in);
    FD_SET(quiet[1], &out);
    FD_SET(quiet[0], &except);
    struct timeval time = timeval_of(20 * MS);
    ret = select(64, &in, &out, &except, &time);
    report("select.sets", "ret=%d quiet=%d ready=%d out=%d except=%d", ret, FD_ISSET(quiet[0], &in) != 0,
           FD_ISSET(ready[0], &in) != 0, FD_ISSET(quiet[1], &out) != 0, FD_ISSET(quiet[0], &except) != 0);
    FD_SET(quiet[0], &in);
    FD_CLR(ready[0], &in);
    time = timeval_of(3 * MS);
    ret = select(64, &in, NULL, NULL, &time);
    report("select.none", "ret=%d quiet=%d left=%lld", ret, FD_ISSET(quiet[0], &in) != 0,
           (long long)ns_of_timeval(time));
    TIMED("select.pause", 7 * MS, select(0, NULL, NULL, NULL, &(struct timeval){0, 7000}));
    TIMED("poll.pause", 7 * MS, poll(NULL, 0, 7));
    // The microseconds of select may exceed a second.
    TIMED("select.carry", 0, select(64, (FD_SET(ready[0], &in), &in), NULL, NULL, &(struct timeval){0, 5000000}));
    time = (struct timeval){0, 1500000};
    FD_ZERO(&in);
    FD_SET(ready[0], &in);
    ret = select(64, &in, NULL, NULL, &time);
    report("select.carry.left", "ret=%d sec=%ld", ret, (long)time.tv_sec);
}

static void counts(void) {
    struct pollfd entry = {quiet[0], POLLIN, 0};
    static const unsigned long amounts[] = {0, 0xffffffffu, 1u << 30, 2000000};
    for (int i = 0; i < (int)LENGTH(amounts); i++)
        TIMED(named("poll", "count", i), amounts[i] ? 0 : 3 * MS, syscall(SYS_poll, &entry, amounts[i], 3));
    static const int selects[] = {0, -1, INT_MIN, 1};
    for (int i = 0; i < (int)LENGTH(selects); i++)
        TIMED(named("select", "count", i), selects[i] < 0 ? 0 : 3 * MS,
              syscall(SYS_select, selects[i], NULL, NULL, NULL, &(struct timeval){0, 3000}));
    int epoll = epoll_create1(0);
    struct epoll_event events[4];
    static const int maximums[] = {0, -1, INT_MIN, INT_MAX, 4};
    for (int i = 0; i < (int)LENGTH(maximums); i++)
        TIMED(named("epoll_wait", "count", i), maximums[i] == 4 ? 3 * MS : 0,
              syscall(SYS_epoll_wait, epoll, events, maximums[i], 3));
    TIMED("epoll_wait.not_open", 0, syscall(SYS_epoll_wait, 999, events, 1, 3));
    TIMED("epoll_wait.not_epoll", 0, syscall(SYS_epoll_wait, quiet[0], events, 1, 3));
    TIMED("epoll_pwait2.not_open", 0,
          syscall(SYS_epoll_pwait2, 999, events, 1, &(struct timespec){0, 3000000}, NULL, 8));
    // Negative timeouts wait for ever; only a signal ends them.
    handle(SIGALRM, 0);
    static const int negative[] = {-1, -2, -1000, INT_MIN};
    for (int i = 0; i < (int)LENGTH(negative); i++) {
        int64_t start = now_ns();
        alarm_after(3 * MS);
        TIMED_FROM(start, named("poll", "negative", i), 3 * MS, syscall(SYS_poll, &entry, 1, negative[i]));
        start = now_ns();
        alarm_after(3 * MS);
        TIMED_FROM(start, named("epoll_wait", "negative", i), 3 * MS,
                   syscall(SYS_epoll_wait, epoll, events, 1, negative[i]));
        start = now_ns();
        alarm_after(3 * MS);
        TIMED_FROM(start, named("epoll_pwait", "negative", i), 3 * MS,
                   syscall(SYS_epoll_pwait, epoll, events, 1, negative[i], NULL, 8));
    }
    // The timeout is an int: the upper half of the register is nobody's business.
    TIMED("poll.upper_half", 3 * MS, syscall(SYS_poll, &entry, 1, 0x7700000003l));
    TIMED("epoll_wait.upper_half", 3 * MS, syscall(SYS_epoll_wait, epoll, events, 1, 0x7700000003l));
    TIMED("poll.upper_half_negative", 3 * MS, syscall(SYS_poll, &entry, 1, (long)0xffffffff00000003ul));
    TIMED("poll.zero_with_upper_half", 0, syscall(SYS_poll, &entry, 1, 0x7700000000l));
    close(epoll);
}

static void many_descriptors(void) {
    enum { MANY = 2000 };
    static struct pollfd entries[MANY];
    for (int i = 0; i < MANY; i++) entries[i] = (struct pollfd){quiet[0], POLLIN, 0x55};
    TIMED("poll.many", 6 * MS, poll(entries, MANY, 6));
    int touched = 0;
    for (int i = 0; i < MANY; i++) touched += entries[i].revents == 0;
    report("poll.many.written", "touched=%d", touched);
    entries[MANY - 1].fd = ready[0];
    TIMED("poll.many.ready", 0, poll(entries, MANY, 6));
    report("poll.many.ready.event", "last=%d", entries[MANY - 1].revents);
}

int main(void) {
    must(pipe(quiet) == 0 && pipe(ready) == 0 && pipe(closed) == 0, "pipe");
    must(write(ready[1], "x", 1) == 1, "write");
    close(closed[1]);
    bad_places[0] = NULL;
    bad_places[1] = (void*)8;
    bad_places[2] = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bad_places[3] = (void*)0xffff800000000000ul;
    bad_places[4] = (char*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4094;
    munmap((char*)((uintptr_t)bad_places[4] & ~4095ul) + 4096, 4096);
    guest_begin();
    bad_pointers();
    left_cannot_be_written();
    events_written();
    counts();
    many_descriptors();
    return guest_end();
}
