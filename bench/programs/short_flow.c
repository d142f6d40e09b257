// Short TCP connections that fetch a few bytes each.
//   short_flow serve PORT
//   short_flow fetch HOST PORT BYTES COUNT EVERY_MS LIMIT_MS DELAY_US
// fetch begins COUNT connections after DELAY_US, one each EVERY_MS whatever became of the others, and writes
// fetches.csv: when each began, when it was connected and when the last byte was there, in µs since its begin; a stage
// not reached LIMIT_MS after the begin is empty.
#define _GNU_SOURCE
#include "tcp_flow.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>

#define MOST 1024
#define NS_PER_MS 1000000LL
#define REQUEST_BYTES 8

struct fetch {
    int64_t begun_ns, connected_ns, done_ns;
    int64_t missing;
};

static struct fetch fetches[MOST];
static struct pollfd waiting[MOST];

static void answer(int fd) {
    char request[REQUEST_BYTES + 1] = "", data[16384] = "";
    if (recv(fd, request, REQUEST_BYTES, MSG_WAITALL) != REQUEST_BYTES) exit(0);
    for (long left = atol(request); left > 0;) {
        const ssize_t n = write(fd, data, left < (long)sizeof data ? (size_t)left : sizeof data);
        if (n <= 0) exit(0);
        left -= n;
    }
    exit(0);
}

static void serve(const char* port) {
    const int listening = listen_on(port, 0);
    // Nobody waits for the children.
    signal(SIGCHLD, SIG_IGN);
    while (1) {
        const int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) answer(fd);
        close(fd);
    }
}

static void begin(struct fetch* fetch, struct pollfd* wait, const struct sockaddr_in* address, long bytes) {
    wait->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    wait->events = POLLOUT;
    if (wait->fd < 0) die("socket");
    *fetch = (struct fetch){.begun_ns = now_ns(), .missing = bytes};
    if (connect(wait->fd, (const struct sockaddr*)address, sizeof *address) != 0 && errno != EINPROGRESS)
        die("connect");
}

static void leave(struct pollfd* wait) {
    close(wait->fd);
    wait->fd = -1;
}

// Takes a connection one stage further.
static void proceed(struct fetch* fetch, struct pollfd* wait, long bytes) {
    static char data[65536];
    if (wait->events == POLLOUT) {
        char request[REQUEST_BYTES + 1];
        snprintf(request, sizeof request, "%8ld", bytes);
        if (send(wait->fd, request, REQUEST_BYTES, MSG_NOSIGNAL) != REQUEST_BYTES) {
            leave(wait);
            return;
        }
        fetch->connected_ns = now_ns();
        wait->events = POLLIN;
        return;
    }
    const ssize_t n = recv(wait->fd, data, sizeof data, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0) fetch->missing -= n;
    if (n > 0 && fetch->missing > 0) return;
    if (fetch->missing == 0) fetch->done_ns = now_ns();
    leave(wait);
}

static void print_stage(FILE* file, int64_t at_ns, const struct fetch* fetch, int64_t limit_ns) {
    const int64_t after_ns = at_ns - fetch->begun_ns;
    if (at_ns == 0 || after_ns > limit_ns)
        fputs(",", file);
    else
        fprintf(file, ",%lld", (long long)(after_ns / 1000));
}

static void fetch_all(char** args) {
    const struct sockaddr_in address = address_of(args[0], args[1]);
    const long bytes = atol(args[2]);
    const int count = atoi(args[3]);
    const int64_t every_ns = atoll(args[4]) * NS_PER_MS, limit_ns = atoll(args[5]) * NS_PER_MS;
    const int64_t start_ns = now_ns() + atoll(args[6]) * 1000;
    if (count < 1 || count > MOST) die("COUNT");
    int begun = 0;
    const int64_t end_ns = start_ns + (count - 1) * every_ns + limit_ns;
    for (int64_t at_ns = start_ns; at_ns < end_ns; at_ns = now_ns()) {
        if (begun < count && at_ns >= start_ns + begun * every_ns) {
            begin(&fetches[begun], &waiting[begun], &address, bytes);
            begun++;
            continue;
        }
        const int64_t next_ns = begun < count ? start_ns + begun * every_ns : end_ns;
        const struct timespec timeout = {(next_ns - at_ns) / NS_PER_S, (next_ns - at_ns) % NS_PER_S};
        if (ppoll(waiting, (nfds_t)begun, &timeout, NULL) <= 0) continue;
        for (int i = 0; i < begun; i++)
            if (waiting[i].fd >= 0 && waiting[i].revents != 0) proceed(&fetches[i], &waiting[i], bytes);
    }
    FILE* file = create("fetches.csv", "begun_us,connected_us,done_us");
    for (int i = 0; i < begun; i++) {
        fprintf(file, "%lld", (long long)((fetches[i].begun_ns - start_ns) / 1000));
        print_stage(file, fetches[i].connected_ns, &fetches[i], limit_ns);
        print_stage(file, fetches[i].done_ns, &fetches[i], limit_ns);
        fputs("\n", file);
    }
    finish(file);
}

int main(int argc, char** argv) {
    forget_paths();
    if (argc == 3 && strcmp(argv[1], "serve") == 0) {
        serve(argv[2]);
    } else if (argc == 9 && strcmp(argv[1], "fetch") == 0) {
        fetch_all(argv + 2);
    } else {
        fprintf(stderr, "short_flow: see the head of short_flow.c\n");
        return 2;
    }
    return 0;
}
