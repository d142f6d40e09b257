// Sends UDP packets from many network namespaces at once.
//   udp_load SECONDS RATE PAYLOAD PROCESSOR SENDERS < "NAMESPACE ADDRESS" lines
// RATE is the packets per second of all senders together, 0 for as many as go. The first SENDERS namespaces send in
// turn, each to the one half the list further on. Everyone has the port open, so that nobody answers "unreachable";
// nobody reads. Prints how many were sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 4096
#define PORT 9000

static int sockets[MOST];
static struct sockaddr_in addresses[MOST];

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char* what) {
    perror(what);
    exit(1);
}

static int open_socket(const char* path) {
    const int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET) != 0) die(path);
    close(namespace);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const int least = 1;
    if (fd < 0 || bind(fd, (struct sockaddr*)&any, sizeof any) != 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    return fd;
}

static int read_hosts(void) {
    char path[256], address[64];
    int count = 0;
    while (count < MOST && scanf("%255s %63s", path, address) == 2) {
        sockets[count] = open_socket(path);
        addresses[count] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT)};
        if (inet_pton(AF_INET, address, &addresses[count].sin_addr) != 1) die(address);
        count++;
    }
    return count;
}

static void wait_until(double due) {
    for (double left; (left = due - now()) > 0;) {
        if (left < 300e-6) continue;
        const struct timespec pause = {0, (long)((left - 200e-6) * 1e9) % 1000000000};
        nanosleep(&pause, NULL);
    }
}

int main(int argc, char** argv) {
    static char payload[65536];
    if (argc != 6) return 2;
    const double seconds = atof(argv[1]), rate = atof(argv[2]);
    const size_t size = (size_t)atoi(argv[3]);
    const int senders = atoi(argv[5]);
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(atoi(argv[4]), &processor);
    sched_setaffinity(0, sizeof processor, &processor);
    struct rlimit files = {MOST + 100, MOST + 100};
    setrlimit(RLIMIT_NOFILE, &files);
    const int count = read_hosts();
    if (count < 2 || senders > count) return 2;

    const double begin = now();
    uint64_t sent = 0;
    while (now() < begin + seconds) {
        if (rate > 0) wait_until(begin + (double)sent / rate);
        const int from = (int)(sent % (uint64_t)senders);
        const struct sockaddr_in* to = &addresses[(from + count / 2) % count];
        sendto(sockets[from], payload, size, 0, (const struct sockaddr*)to, sizeof *to);
        sent++;
    }
    printf("%llu\n", (unsigned long long)sent);
    return 0;
}
