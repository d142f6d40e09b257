// What the TCP benchmark's programs share. Times are those that the guest perceives.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL

static inline void die(const char* what) {
    perror(what);
    exit(1);
}

static inline int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline int64_t seconds_ns(const char* text) {
    return (int64_t)(atof(text) * 1e9);
}

// Each connection starts afresh: the kernel would hand what it learnt of a path to the next connection.
static inline void forget_paths(void) {
    FILE* file = fopen("/proc/sys/net/ipv4/tcp_no_metrics_save", "w");
    if (file == NULL || fputs("1\n", file) < 0 || fclose(file) != 0) die("tcp_no_metrics_save");
}

static inline int listen_on(const char* port, int window) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("socket");
    // Before the handshake, in which the window's scale is agreed. The kernel doubles what it is given, for its own
    // use.
    if (window > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &window, sizeof window) != 0) die("SO_RCVBUFFORCE");
    if (bind(fd, (struct sockaddr*)&any, sizeof any) != 0 || listen(fd, 1024) != 0) die("listen");
    return fd;
}

static inline struct sockaddr_in address_of(const char* host, const char* port) {
    struct addrinfo* found;
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, port, &wanted, &found) != 0) die(host);
    struct sockaddr_in address;
    memcpy(&address, found->ai_addr, sizeof address);
    freeaddrinfo(found);
    return address;
}

static inline FILE* create(const char* path, const char* header) {
    FILE* file = fopen(path, "w");
    if (file == NULL || fprintf(file, "%s\n", header) < 0) die(path);
    return file;
}

static inline void finish(FILE* file) {
    if (fclose(file) != 0) die("writing");
}
