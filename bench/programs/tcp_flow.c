// One bulk transfer by TCP, measured at both ends.
//   tcp_flow receive PORT WARMUP MEASURE WINDOW ARRIVALS
//   tcp_flow send HOST PORT WARMUP MEASURE WINDOW UNSENT CONGESTION_CONTROL
// WARMUP and MEASURE are seconds from the sender's start, which it tells the receiver in the first bytes: guests share
// one clock, and a lost SYN is not to put the measuring off. WINDOW is in bytes, and so is UNSENT, what is kept ready
// to be sent beyond it. The receiver writes flow.csv (what arrived in order while measuring) and arrivals.csv (times
// between data packets as they come off the wire, at most ARRIVALS of them, taken in tenths of the measuring); the
// sender trace.csv (TCP_INFO once a round trip, from the beginning) and limits.csv (how long something other than the
// network held it up).
#define _GNU_SOURCE
#include "tcp_flow.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#define TENTHS 10
#define BATCH 64
#define DATA_BYTES 1000  // a shorter IP packet is no full segment
#define CHUNK (64 << 10)
#define LEAST_SAMPLE_NS 1000000

static int64_t begin_ns, measure_from_ns, measure_until_ns;

static void plan(int64_t at_ns, const char* warmup, const char* measure) {
    begin_ns = at_ns;
    measure_from_ns = begin_ns + seconds_ns(warmup);
    measure_until_ns = measure_from_ns + seconds_ns(measure);
}

static void sleep_until(int64_t due_ns) {
    const struct timespec due = {due_ns / NS_PER_S, due_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR) continue;
}

// ---- Packets as they arrive ----

struct arrivals {
    int most;
    FILE* file;
    unsigned largest, dropped;
};

// A packet socket that passes IPv4 packets with data, as the interface hands them to the kernel.
static int open_tap(void) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 2),  // IP's total length
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, DATA_BYTES, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {sizeof program / sizeof program[0], program};
    const int on = 1, room = 4 << 20, fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {0, 50000};
    const struct sockaddr_ll any = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        bind(fd, (const struct sockaddr*)&any, sizeof any) != 0)
        die("packet socket");
    return fd;
}

static int64_t stamp_of(struct msghdr* header) {
    for (struct cmsghdr* c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec ts;
        memcpy(&ts, CMSG_DATA(c), sizeof ts);
        return ts.tv_sec * NS_PER_S + ts.tv_nsec;
    }
    return -1;
}

static void take(struct arrivals* a, int64_t until_ns, int most) {
    static struct mmsghdr messages[BATCH];
    static char control[BATCH][256], packet[BATCH][64];
    static struct iovec vectors[BATCH];
    const int fd = open_tap();
    int64_t last_ns = -1;
    while (most > 0 && now_ns() < until_ns) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){packet[i], sizeof packet[i]};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i],
                                                  .msg_iovlen = 1,
                                                  .msg_control = control[i],
                                                  .msg_controllen = sizeof control[i]};
        }
        const int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE | MSG_TRUNC, NULL);
        for (int i = 0; i < count; i++) {
            const int64_t at_ns = stamp_of(&messages[i].msg_hdr);
            if (messages[i].msg_len > a->largest) a->largest = messages[i].msg_len;
            if (last_ns >= 0 && most-- > 0) fprintf(a->file, "%lld\n", (long long)(at_ns - last_ns));
            last_ns = at_ns;
        }
    }
    struct tpacket_stats stats;
    socklen_t length = sizeof stats;
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0 && most > 0) a->dropped += stats.tp_drops;
    close(fd);
}

static void* watch_arrivals(void* given) {
    struct arrivals* a = given;
    const int64_t tenth_ns = (measure_until_ns - measure_from_ns) / TENTHS;
    for (int i = 0; i < TENTHS; i++) {
        sleep_until(measure_from_ns + i * tenth_ns);
        take(a, measure_from_ns + (i + 1) * tenth_ns, a->most / TENTHS);
    }
    return NULL;
}

// ---- The receiver ----

static void receive(char** args) {
    const int listening = listen_on(args[0], atoi(args[3]));
    const int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) die("accept");
    int64_t started_ns;
    if (recv(fd, &started_ns, sizeof started_ns, MSG_WAITALL) != sizeof started_ns) die("the sender's start");
    plan(started_ns, args[1], args[2]);
    struct arrivals arrivals = {.most = atoi(args[4]), .file = create("arrivals.csv", "gap_ns")};
    pthread_t watcher;
    if (pthread_create(&watcher, NULL, watch_arrivals, &arrivals) != 0) die("pthread_create");
    // A flow that stands still is measured, too.
    const struct timeval patience = {0, 20000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) die("SO_RCVTIMEO");
    int64_t bytes = 0, first_ns = 0, first_bytes = 0, at_ns;
    do {
        // Taken from the queue without being copied: what is measured is the network.
        const ssize_t n = recv(fd, NULL, 1 << 20, MSG_TRUNC);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) die("the sender is gone");
        at_ns = now_ns();
        if (first_ns == 0 && at_ns >= measure_from_ns) {
            first_ns = at_ns;
            first_bytes = bytes;
        }
        if (n > 0) bytes += n;
    } while (at_ns < measure_until_ns);
    pthread_join(watcher, NULL);
    finish(arrivals.file);
    FILE* flow = create("flow.csv", "bytes,ns,largest_packet,missed_packets");
    fprintf(flow, "%lld,%lld,%u,%u\n", (long long)(bytes - first_bytes), (long long)(at_ns - first_ns),
            arrivals.largest, arrivals.dropped);
    finish(flow);
}

// ---- The sender ----

// Writes one line of the trace; returns when the next is due.
static int64_t sample(int fd, FILE* trace, struct tcp_info* info) {
    socklen_t length = sizeof *info;
    memset(info, 0, sizeof *info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) != 0) die("TCP_INFO");
    const int64_t at_ns = now_ns();
    fprintf(trace, "%lld,%u,%u,%u,%u,%u,%u\n", (long long)((at_ns - begin_ns) / 1000), info->tcpi_rtt,
            info->tcpi_snd_cwnd, info->tcpi_total_retrans, info->tcpi_data_segs_out, info->tcpi_delivered,
            info->tcpi_delivery_rate_app_limited);
    const int64_t rtt_ns = info->tcpi_rtt * 1000LL;
    return at_ns + (rtt_ns > LEAST_SAMPLE_NS ? rtt_ns : LEAST_SAMPLE_NS);
}

static int connect_to(char** args) {
    const struct sockaddr_in address = address_of(args[0], args[1]);
    const int window = atoi(args[4]), unsent = atoi(args[5]), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, args[6], (socklen_t)strlen(args[6])) != 0) die(args[6]);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &window, sizeof window) != 0) die("SO_SNDBUFFORCE");
    // What is in flight takes memory, and some more for when this program has to wait for a processor, rather than all
    // that the window would hold.
    if (setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent) != 0) die("TCP_NOTSENT_LOWAT");
    if (connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) die("connect");
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die("O_NONBLOCK");
    return fd;
}

static void wait_for_room(int fd, int64_t until_ns) {
    const int64_t left_ns = until_ns - now_ns();
    if (left_ns <= 0) return;
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    const struct timespec timeout = {left_ns / NS_PER_S, left_ns % NS_PER_S};
    ppoll(&wanted, 1, &timeout, NULL);
}

static void send_all(char** args) {
    static char data[CHUNK];
    FILE* trace = create("trace.csv", "at_us,rtt_us,cwnd,retransmitted,sent,delivered,ran_dry");
    plan(now_ns(), args[2], args[3]);
    const int fd = connect_to(args);
    if (write(fd, &begin_ns, sizeof begin_ns) != sizeof begin_ns) die("write");
    struct tcp_info info;
    int64_t due_ns = sample(fd, trace, &info);
    while (now_ns() < measure_until_ns) {
        if (now_ns() >= due_ns) due_ns = sample(fd, trace, &info);
        const ssize_t n = write(fd, data, sizeof data);
        if (n >= 0) continue;
        // The receiver has seen enough a moment before.
        if (errno == ECONNRESET || errno == EPIPE) break;
        if (errno != EAGAIN) die("write");
        wait_for_room(fd, due_ns < measure_until_ns ? due_ns : measure_until_ns);
    }
    finish(trace);
    FILE* limits = create("limits.csv", "busy_us,by_receiver_us,by_buffer_us");
    fprintf(limits, "%llu,%llu,%llu\n", (unsigned long long)info.tcpi_busy_time,
            (unsigned long long)info.tcpi_rwnd_limited, (unsigned long long)info.tcpi_sndbuf_limited);
    finish(limits);
}

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    forget_paths();
    if (argc == 7 && strcmp(argv[1], "receive") == 0) {
        receive(argv + 2);
    } else if (argc == 9 && strcmp(argv[1], "send") == 0) {
        send_all(argv + 2);
    } else {
        fprintf(stderr, "tcp_flow: see the head of tcp_flow.c\n");
        return 2;
    }
    return 0;
}
