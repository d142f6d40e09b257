// Kernel stamps on packets, by every option and call that hands them out: they lie between sending and receiving, by
// the guest's own clock.
#include <arpa/inet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guest.h"

#ifndef SIOCGSTAMP_OLD
#define SIOCGSTAMP_OLD 0x8906
#define SIOCGSTAMPNS_OLD 0x8907
#endif
#ifndef SIOCGSTAMP_NEW
#define SIOCGSTAMP_NEW 0x80108906
#define SIOCGSTAMPNS_NEW 0x80108907
#endif

enum {
    STAMP = 29,         // SO_TIMESTAMP_OLD
    STAMP_NS = 35,      // SO_TIMESTAMPNS_OLD
    STAMPING = 37,      // SO_TIMESTAMPING_OLD
    STAMP_NEW = 63,     // SO_TIMESTAMP_NEW
    STAMP_NS_NEW = 64,  // SO_TIMESTAMPNS_NEW
    STAMPING_NEW = 65,  // SO_TIMESTAMPING_NEW
};

static char name[128];

static int udp_pair(int pair[2]) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    pair[0] = socket(AF_INET, SOCK_DGRAM, 0);
    pair[1] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(pair[0], (struct sockaddr*)&address, length) != 0) return -1;
    getsockname(pair[0], (struct sockaddr*)&address, &length);
    return connect(pair[1], (struct sockaddr*)&address, length);
}

struct received {
    char bytes[16];
    char control[256];
    struct iovec vector;
    struct msghdr message;
};

static void prepare(struct received* received) {
    memset(received, 0, sizeof *received);
    received->vector = (struct iovec){received->bytes, 16};
    received->message = (struct msghdr){.msg_iov = &received->vector,
                                        .msg_iovlen = 1,
                                        .msg_control = received->control,
                                        .msg_controllen = sizeof received->control};
}

// The first stamp of this type among the control messages; INT64_MIN when there is none.
static int64_t stamp_in(struct msghdr* message, int type, bool microseconds) {
    for (struct cmsghdr* control = CMSG_FIRSTHDR(message); control != NULL; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != type) continue;
        int64_t words[2];
        memcpy(words, CMSG_DATA(control), sizeof words);
        return words[0] * SEC + words[1] * (microseconds ? US : 1);
    }
    return INT64_MIN;
}

static void judge(const char* what, int64_t before, int64_t stamp, int64_t after, int64_t grain) {
    check(what, stamp >= before - grain && stamp <= after, "%lld before the stamp, %lld after it",
          (long long)(stamp - before), (long long)(after - stamp));
}

// The stamp is the sending's, not the receiving's: some time passes between.
static int64_t send_and_pause(int fd) {
    must(send(fd, "x", 1, 0) == 1, "send");
    int64_t sent = clock_ns(CLOCK_REALTIME);
    struct timespec pause = timespec_of(12 * MS);
    nanosleep(&pause, NULL);
    return sent;
}

static void one_option(const char* what, int option, int value, bool microseconds) {
    int pair[2];
    must(udp_pair(pair) == 0, "udp");
    errno = 0;
    int ret = setsockopt(pair[0], SOL_SOCKET, option, &value, sizeof value), got = -7;
    int error = ret < 0 ? errno : 0;
    socklen_t length = sizeof got;
    getsockopt(pair[0], SOL_SOCKET, option, &got, &length);
    snprintf(name, sizeof name, "%s.option", what);
    report(name, "ret=%d errno=%d got=%d", ret, error, got);
    struct received received;
    for (int way = 0; way < 3; way++) {
        static const char* ways[] = {"recvmsg", "recvmmsg", "raw_recvmsg"};
        int64_t before = clock_ns(CLOCK_REALTIME);
        int64_t after = send_and_pause(pair[1]);
        prepare(&received);
        long count;
        struct mmsghdr many = {received.message, 0};
        if (way == 0)
            count = recvmsg(pair[0], &received.message, 0);
        else if (way == 1) {
            count = recvmmsg(pair[0], &many, 1, 0, NULL);
            received.message = many.msg_hdr;
        } else
            count = syscall(SYS_recvmsg, pair[0], &received.message, 0);
        must(count == 1, "recvmsg");
        snprintf(name, sizeof name, "%s.%s", what, ways[way]);
        judge(name, before, stamp_in(&received.message, option, microseconds), after, microseconds ? US : 0);
        snprintf(name, sizeof name, "%s.%s.message", what, ways[way]);
        report(name, "controllen=%zu flags=%d byte=%c", (size_t)received.message.msg_controllen,
               received.message.msg_flags, received.bytes[0]);
    }
    // Too little room for the stamp: cut off, and said so.
    send_and_pause(pair[1]);
    prepare(&received);
    received.message.msg_controllen = 8;
    long count = recvmsg(pair[0], &received.message, 0);
    snprintf(name, sizeof name, "%s.no_room", what);
    report(name, "count=%ld controllen=%zu flags=%d", count, (size_t)received.message.msg_controllen,
           received.message.msg_flags);
    // Off again: no stamp.
    int off = 0;
    setsockopt(pair[0], SOL_SOCKET, option, &off, sizeof off);
    send_and_pause(pair[1]);
    prepare(&received);
    recvmsg(pair[0], &received.message, 0);
    snprintf(name, sizeof name, "%s.off", what);
    report(name, "controllen=%zu", (size_t)received.message.msg_controllen);
    close(pair[0]);
    close(pair[1]);
}

static void by_ioctl(void) {
    static const struct {
        const char* name;
        unsigned long request;
        int64_t unit;
    } requests[] = {{"siocgstamp", SIOCGSTAMP_OLD, US},
                    {"siocgstampns", SIOCGSTAMPNS_OLD, 1},
                    {"siocgstamp_new", SIOCGSTAMP_NEW, US},
                    {"siocgstampns_new", SIOCGSTAMPNS_NEW, 1}};
    for (size_t r = 0; r < LENGTH(requests); r++) {
        int pair[2];
        char byte;
        must(udp_pair(pair) == 0, "udp");
        int64_t words[2] = {-7, -7};
        errno = 0;
        int ret = ioctl(pair[0], requests[r].request, words);
        snprintf(name, sizeof name, "%s.none_yet", requests[r].name);
        report(name, "ret=%d errno=%d", ret, errno);
        // The first call turned stamps on.
        int64_t before = clock_ns(CLOCK_REALTIME);
        int64_t after = send_and_pause(pair[1]);
        must(recv(pair[0], &byte, 1, 0) == 1, "recv");
        ret = ioctl(pair[0], requests[r].request, words);
        snprintf(name, sizeof name, "%s.stamp", requests[r].name);
        judge(name, before, ret == 0 ? words[0] * SEC + words[1] * requests[r].unit : -1, after, requests[r].unit);
        errno = 0;
        ret = ioctl(pair[0], requests[r].request, (void*)8);
        snprintf(name, sizeof name, "%s.pointer", requests[r].name);
        report(name, "ret=%d errno=%d", ret, errno);
        close(pair[0]);
        close(pair[1]);
    }
    errno = 0;
    int64_t words[2];
    int pipe_ends[2];
    must(pipe(pipe_ends) == 0, "pipe");
    int ret = ioctl(pipe_ends[0], SIOCGSTAMP_OLD, words);
    report("siocgstamp.not_a_socket", "ret=%d errno=%d", ret, errno);
}

// Stamps of what was sent come back on the error queue.
static void of_sending(void) {
    static const int options[] = {STAMPING, STAMPING_NEW};
    for (size_t o = 0; o < LENGTH(options); o++) {
        int pair[2];
        must(udp_pair(pair) == 0, "udp");
        int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
        must(setsockopt(pair[1], SOL_SOCKET, options[o], &flags, sizeof flags) == 0, "SO_TIMESTAMPING");
        int64_t before = clock_ns(CLOCK_REALTIME);
        int64_t after = send_and_pause(pair[1]);
        struct received received;
        prepare(&received);
        struct pollfd entry = {pair[1], POLLERR, 0};
        poll(&entry, 1, 20);
        long count = recvmsg(pair[1], &received.message, MSG_ERRQUEUE | MSG_DONTWAIT);
        snprintf(name, sizeof name, "sent.%zu", o);
        judge(name, before, count >= 0 ? stamp_in(&received.message, options[o], false) : -1, after, 0);
        close(pair[0]);
        close(pair[1]);
    }
}

// Other control messages pass through as they are.
static void other_control_messages(void) {
    int pair[2], one = 1;
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "socketpair");
    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
    setsockopt(pair[0], SOL_SOCKET, STAMP_NS, &one, sizeof one);
    int64_t before = clock_ns(CLOCK_REALTIME);
    struct msghdr message = {0};
    struct iovec vector = {(char[]){'x'}, 1};
    char control[CMSG_SPACE(sizeof(int))];
    memset(control, 0, sizeof control);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &pair[1], sizeof(int));
    must(sendmsg(pair[1], &message, 0) == 1, "sendmsg");
    int64_t after = clock_ns(CLOCK_REALTIME);
    struct received received;
    prepare(&received);
    must(recvmsg(pair[0], &received.message, 0) == 1, "recvmsg");
    int kinds = 0, passed = -1;
    pid_t from = -1;
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&received.message); c != NULL; c = CMSG_NXTHDR(&received.message, c)) {
        kinds++;
        if (c->cmsg_type == SCM_RIGHTS) memcpy(&passed, CMSG_DATA(c), sizeof passed);
        if (c->cmsg_type == SCM_CREDENTIALS) memcpy(&from, CMSG_DATA(c), sizeof from);
    }
    report("others", "kinds=%d descriptor=%d own=%d", kinds, fcntl(passed, F_GETFD) >= 0, from == getpid());
    judge("others.stamp", before, stamp_in(&received.message, STAMP_NS, false), after, 0);
    errno = 0;
    long count = syscall(SYS_recvmsg, pair[0], (void*)8, MSG_DONTWAIT);
    report("recvmsg.pointer", "ret=%ld errno=%d", count, errno);
    prepare(&received);
    errno = 0;
    count = recvmsg(pair[0], &received.message, MSG_DONTWAIT);
    report("recvmsg.empty", "ret=%ld errno=%d", count, errno);
}

int main(void) {
    guest_begin();
    // The kernel turns stamping on a moment after the first socket asks for it; this one keeps it on.
    int keeper = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
    setsockopt(keeper, SOL_SOCKET, STAMP_NS, &one, sizeof one);
    nanosleep(&(struct timespec){0, 30 * MS}, NULL);
    one_option("timestamp", STAMP, 1, true);
    one_option("timestampns", STAMP_NS, 1, false);
    one_option("timestamping", STAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE, false);
    one_option("timestamp_new", STAMP_NEW, 1, true);
    one_option("timestampns_new", STAMP_NS_NEW, 1, false);
    one_option("timestamping_new", STAMPING_NEW, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE, false);
    by_ioctl();
    of_sending();
    other_control_messages();
    return guest_end();
}
