// The least that a link between two namespaces can cost: reads from one TAP device and writes to another, nothing else.
//   tap_copy PROCESSOR
// Prints "NAMESPACE ADDRESS" for both ends and copies from the first to the second until its standard input ends; then
// prints how many packets it copied.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int result, const char* what) {
    if (result >= 0) return;
    perror(what);
    exit(1);
}

static void set_address(struct sockaddr* place, const char* text) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    inet_pton(AF_INET, text, &address.sin_addr);
    memcpy(place, &address, sizeof address);
}

// A namespace with a TAP device in it; returns the device.
static int make_end(const char* address, const char* peer, unsigned char own, unsigned char other) {
    must(unshare(CLONE_NEWNET), "unshare");
    const int namespace = open("/proc/self/ns/net", O_RDONLY);
    const int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    must(tap, "/dev/net/tun");
    struct ifreq request = {.ifr_name = "eth0"};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    must(ioctl(tap, TUNSETIFF, &request), "TUNSETIFF");
    const int any = socket(AF_INET, SOCK_DGRAM, 0);
    request.ifr_qlen = 4096;
    must(ioctl(any, SIOCSIFTXQLEN, &request), "SIOCSIFTXQLEN");
    request.ifr_hwaddr = (struct sockaddr){.sa_family = ARPHRD_ETHER, .sa_data = {2, 0, 0, 0, 0, (char)own}};
    must(ioctl(any, SIOCSIFHWADDR, &request), "SIOCSIFHWADDR");
    set_address(&request.ifr_addr, address);
    must(ioctl(any, SIOCSIFADDR, &request), "SIOCSIFADDR");
    request.ifr_flags = IFF_UP;
    must(ioctl(any, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
    struct arpreq neighbour = {.arp_flags = ATF_COM | ATF_PERM};
    set_address(&neighbour.arp_pa, peer);
    neighbour.arp_ha = (struct sockaddr){.sa_family = ARPHRD_ETHER, .sa_data = {2, 0, 0, 0, 0, (char)other}};
    strcpy(neighbour.arp_dev, "eth0");
    must(ioctl(any, SIOCSARP, &neighbour), "SIOCSARP");
    printf("/proc/%d/fd/%d %s\n", getpid(), namespace, address);
    return tap;
}

int main(int argc, char** argv) {
    static char frame[65536];
    if (argc != 2) return 2;
    const int from = make_end("10.0.0.1", "10.0.0.2", 1, 2);
    const int to = make_end("10.0.0.2", "10.0.0.1", 2, 1);
    fflush(stdout);
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(atoi(argv[1]), &processor);
    sched_setaffinity(0, sizeof processor, &processor);
    // As the core has it; without the right to it both go on without.
    const struct sched_param priority = {.sched_priority = 1};
    (void)sched_setscheduler(0, SCHED_FIFO, &priority);

    unsigned long copied = 0;
    struct pollfd ready[2] = {{from, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    while (1) {
        const ssize_t n = read(from, frame, sizeof frame);
        if (n > 0) {
            copied += write(to, frame, (size_t)n) == n;
            continue;
        }
        poll(ready, 2, -1);
        if (ready[1].revents != 0) break;
    }
    printf("%lu\n", copied);
    return 0;
}
