// SO_RCVTIMEO and SO_SNDTIMEO: waits in recv, send, accept, connect and their kin end on time and with the right error.
// The kernel counts them in ticks, so they may be late by a few; never early.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "guest.h"

static char name[128];
static char buffer[1 << 20];

// Times one call; what the kernel counts in ticks may be late.
#define TIMED_TICKS(start, what, expected, call)                                                            \
    do {                                                                                                    \
        errno = 0;                                                                                          \
        long long ret_ = (long long)(call);                                                                 \
        int errno_ = ret_ == -1 ? errno : 0;                                                                \
        int64_t took_ = now_ns() - (start);                                                                 \
        report(what, "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%lld errno=%d", (long long)took_, \
               (long long)(expected), 25 * MS, ret_, errno_);                                               \
    } while (0)

static void limit(int fd, int option, int64_t ns) {
    struct timeval time = timeval_of(ns);
    must(setsockopt(fd, SOL_SOCKET, option, &time, sizeof time) == 0, "setsockopt");
}

static int listener(struct sockaddr_in* address, int backlog) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof *address;
    must(bind(fd, (struct sockaddr*)address, length) == 0 && listen(fd, backlog) == 0, "listen");
    getsockname(fd, (struct sockaddr*)address, &length);
    return fd;
}

static void tcp_pair(int pair[2]) {
    struct sockaddr_in address;
    int server = listener(&address, 5);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(pair[0], (struct sockaddr*)&address, sizeof address) == 0, "connect");
    pair[1] = accept(server, NULL, NULL);
    close(server);
}

static int make_pair(int kind, int pair[2]) {
    if (kind == 0) return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (kind == 1) return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    if (kind == 2) {
        tcp_pair(pair);
        return 0;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    pair[0] = socket(AF_INET, SOCK_DGRAM, 0);
    pair[1] = socket(AF_INET, SOCK_DGRAM, 0);
    bind(pair[0], (struct sockaddr*)&address, length);
    getsockname(pair[0], (struct sockaddr*)&address, &length);
    return connect(pair[1], (struct sockaddr*)&address, length);
}

static void send_one(void* fd) {
    must(send((int)(intptr_t)fd, "x", 1, 0) == 1, "send");
}

static void receiving(void) {
    static const char* kinds[] = {"unix_stream", "unix_dgram", "tcp", "udp"};
    for (int kind = 0; kind < 4; kind++) {
        int pair[2];
        must(make_pair(kind, pair) == 0, "pair");
        limit(pair[0], SO_RCVTIMEO, 20 * MS);
        struct iovec vector = {buffer, 16};
        struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
        const struct {
            const char* name;
            int way;
        } ways[] = {{"recv", 0}, {"read", 1}, {"recvmsg", 2}, {"recvfrom", 3}, {"readv", 4}};
        for (size_t i = 0; i < LENGTH(ways); i++) {
            snprintf(name, sizeof name, "%s.%s", kinds[kind], ways[i].name);
            int64_t start = now_ns();
            switch (ways[i].way) {
                case 0:
                    TIMED_TICKS(start, name, 20 * MS, recv(pair[0], buffer, 16, 0));
                    break;
                case 1:
                    TIMED_TICKS(start, name, 20 * MS, read(pair[0], buffer, 16));
                    break;
                case 2:
                    TIMED_TICKS(start, name, 20 * MS, recvmsg(pair[0], &message, 0));
                    break;
                case 3:
                    TIMED_TICKS(start, name, 20 * MS, recvfrom(pair[0], buffer, 16, 0, NULL, NULL));
                    break;
                default:
                    TIMED_TICKS(start, name, 20 * MS, readv(pair[0], &vector, 1));
                    break;
            }
        }
        // In time; at once when asked; and for ever, when there is no limit.
        struct later sender;
        int64_t start = now_ns();
        limit(pair[0], SO_RCVTIMEO, 200 * MS);
        later(&sender, 8 * MS, send_one, (void*)(intptr_t)pair[1]);
        snprintf(name, sizeof name, "%s.in_time", kinds[kind]);
        TIMED_FROM(start, name, 8 * MS, recv(pair[0], buffer, 16, 0));
        later_join(&sender);
        snprintf(name, sizeof name, "%s.no_wait", kinds[kind]);
        TIMED(name, 0, recv(pair[0], buffer, 16, MSG_DONTWAIT));
        handle(SIGALRM, SA_RESTART);
        start = now_ns();
        alarm_after(6 * MS);
        snprintf(name, sizeof name, "%s.signal", kinds[kind]);
        TIMED_FROM(start, name, 6 * MS, recv(pair[0], buffer, 16, 0));
        start = now_ns();
        limit(pair[0], SO_RCVTIMEO, 0);
        later(&sender, 8 * MS, send_one, (void*)(intptr_t)pair[1]);
        snprintf(name, sizeof name, "%s.unlimited", kinds[kind]);
        TIMED_FROM(start, name, 8 * MS, recv(pair[0], buffer, 16, 0));
        later_join(&sender);
        // Half of what is waited for comes, then nothing: it is returned when time is up.
        if (kind == 0 || kind == 2) {
            limit(pair[0], SO_RCVTIMEO, 20 * MS);
            send_one((void*)(intptr_t)pair[1]);
            snprintf(name, sizeof name, "%s.wait_all", kinds[kind]);
            start = now_ns();
            TIMED_TICKS(start, name, 20 * MS, recv(pair[0], buffer, 2, MSG_WAITALL));
        }
        close(pair[0]);
        close(pair[1]);
    }
}

static void sending(void) {
    static const char* kinds[] = {"unix_stream", "unix_dgram", "tcp"};
    for (int kind = 0; kind < 3; kind++) {
        int pair[2];
        must(make_pair(kind, pair) == 0, "pair");
        while (send(pair[0], buffer, kind == 1 ? 1000 : sizeof buffer, MSG_DONTWAIT) > 0) {
        }
        limit(pair[0], SO_SNDTIMEO, 20 * MS);
        // Now and then TCP finds room for a part; the rest waits as long.
        size_t size = kind == 1 ? 1000 : sizeof buffer;
        for (int way = 0; way < 2; way++) {
            int64_t start = now_ns();
            ssize_t ret = way == 0 ? send(pair[0], buffer, size, 0) : write(pair[0], buffer, size);
            int64_t took = now_ns() - start;
            snprintf(name, sizeof name, "%s.%s", way == 0 ? "send" : "write", kinds[kind]);
            report(name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld whole=%d", (long long)took, 20 * MS, 25 * MS,
                   ret == (ssize_t)size);
        }
        close(pair[0]);
        close(pair[1]);
    }
}

static void connecting(void) {
    struct sockaddr_in address;
    int server = listener(&address, 0);
    limit(server, SO_RCVTIMEO, 20 * MS);
    int64_t start = now_ns();
    TIMED_TICKS(start, "accept", 20 * MS, accept(server, NULL, NULL));
    start = now_ns();
    TIMED_TICKS(start, "accept4", 20 * MS, accept4(server, NULL, NULL, SOCK_CLOEXEC));
    // A full backlog: connect waits. Its first retransmission would come after a second of real time.
    int first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    connect(first, (struct sockaddr*)&address, sizeof address);
    limit(second, SO_SNDTIMEO, 20 * MS);
    start = now_ns();
    TIMED_TICKS(start, "connect", 20 * MS, connect(second, (struct sockaddr*)&address, sizeof address));
    // Linux copies the limits of a listening socket to what it accepts.
    struct timeval time = {-1, -1};
    socklen_t length = sizeof time;
    int accepted = accept(server, NULL, NULL);
    getsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &time, &length);
    report("accepted.rcvtimeo", "sec=%ld usec=%ld", (long)time.tv_sec, (long)time.tv_usec);
    start = now_ns();
    TIMED_TICKS(start, "accepted.recv", 20 * MS, recv(accepted, buffer, 16, 0));
    close(first);
    close(second);
    close(accepted);
    close(server);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    snprintf(local.sun_path + 1, sizeof local.sun_path - 1, "diecast-test-%d", getpid());
    server = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(server, (struct sockaddr*)&local, sizeof local) == 0 && listen(server, 0) == 0, "listen");
    first = socket(AF_UNIX, SOCK_STREAM, 0);
    second = socket(AF_UNIX, SOCK_STREAM, 0);
    connect(first, (struct sockaddr*)&local, sizeof local);
    limit(second, SO_SNDTIMEO, 20 * MS);
    start = now_ns();
    TIMED_TICKS(start, "connect.unix", 20 * MS, connect(second, (struct sockaddr*)&local, sizeof local));
    close(first);
    close(second);
    close(server);
}

// A socket that is shared with a child or passed on keeps its limit.
static void shared(void) {
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    limit(pair[0], SO_RCVTIMEO, 20 * MS);
    pid_t child = fork();
    if (child == 0) {
        int64_t start = now_ns();
        TIMED_TICKS(start, "inherited", 20 * MS, recv(pair[0], buffer, 16, 0));
        struct timeval time = {-1, -1};
        socklen_t length = sizeof time;
        getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, &length);
        report("inherited.value", "sec=%ld usec=%ld", (long)time.tv_sec, (long)time.tv_usec);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    close(pair[0]);
    close(pair[1]);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    guest_begin();
    receiving();
    sending();
    connecting();
    shared();
    return guest_end();
}
