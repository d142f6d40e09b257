// What the kernel's TCP timers are, as the guest perceives them. Prints seconds of its own clock:
//   syn ADDRESS PORT SECONDS   connects to somebody who does not answer; when each SYN leaves, after the first
//   synack PORT SECONDS        listens; when each SYN-ACK leaves, after the first
//   knock ADDRESS PORT         sends one SYN and loses interest
//   delack                     how long acknowledgements wait, on the loopback interface
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pass(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static int check(int result, const char* what) {
    if (result >= 0) return result;
    perror(what);
    exit(1);
}

static struct sockaddr_in at(const char* address, const char* port) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    inet_pton(AF_INET, address, &where.sin_addr);
    return where;
}

static int listenAt(struct sockaddr_in where) {
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr*)&where, sizeof where), "bind");
    check(listen(listener, 5), "listen");
    return listener;
}

static int watch(void) {
    // One for a single protocol would not see what leaves.
    return check(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), "packet socket");
}

// Prints when packets with these flags leave, until so long after the first.
static void report(int packets, int synack, double seconds) {
    double first = 0;
    while (first == 0 || now() < first + seconds) {
        unsigned char bytes[2048];
        struct sockaddr_ll link;
        socklen_t size = sizeof link;
        struct pollfd ready = {.fd = packets, .events = POLLIN};
        if (poll(&ready, 1, 20) <= 0) continue;
        ssize_t length = recvfrom(packets, bytes, sizeof bytes, 0, (struct sockaddr*)&link, &size);
        double time = now();
        struct iphdr ip;
        struct tcphdr tcp;
        if (link.sll_pkttype != PACKET_OUTGOING || link.sll_protocol != htons(ETH_P_IP)) continue;
        if (length < (ssize_t)(sizeof ip + sizeof tcp)) continue;
        memcpy(&ip, bytes, sizeof ip);
        memcpy(&tcp, bytes + 4 * ip.ihl, sizeof tcp);
        if (ip.protocol != IPPROTO_TCP || !tcp.syn || tcp.ack != synack) continue;
        if (first == 0) first = time;
        printf("%.3f\n", time - first);
        fflush(stdout);
    }
}

static void start(struct sockaddr_in where) {
    int caller = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    if (connect(caller, (struct sockaddr*)&where, sizeof where) != 0 && errno != EINPROGRESS) check(-1, "connect");
}

static void delayedAcknowledgements(void) {
    struct sockaddr_in where = at("127.0.0.1", "7000");
    int listener = listenAt(where);
    int sender = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(sender, (struct sockaddr*)&where, sizeof where), "connect");
    int receiver = check(accept(listener, NULL, NULL), "accept");
    int on = 1, off = 0;
    check(setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    for (int i = 0; i < 9; i++) {
        // Else the first few of a connection come at once.
        check(setsockopt(receiver, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off), "TCP_QUICKACK");
        char byte = 'x';
        double begin = now();
        check((int)send(sender, &byte, 1, 0), "send");
        for (int left = 1; left > 0;) {
            pass(0.0002);
            check(ioctl(sender, SIOCOUTQ, &left), "SIOCOUTQ");
        }
        printf("%.4f\n", now() - begin);
        check((int)recv(receiver, &byte, 1, 0), "recv");
    }
}

int main(int count, char** argument) {
    const char* what = count > 1 ? argument[1] : "";
    if (strcmp(what, "syn") == 0 && count == 5) {
        int packets = watch();
        start(at(argument[2], argument[3]));
        report(packets, 0, atof(argument[4]));
    } else if (strcmp(what, "synack") == 0 && count == 4) {
        int packets = watch();
        listenAt(at("0.0.0.0", argument[2]));
        fprintf(stderr, "listening\n");
        report(packets, 1, atof(argument[3]));
    } else if (strcmp(what, "knock") == 0 && count == 4) {
        start(at(argument[2], argument[3]));
        pass(0.1);
    } else if (strcmp(what, "delack") == 0) {
        delayedAcknowledgements();
    } else {
        return 2;
    }
    return 0;
}
