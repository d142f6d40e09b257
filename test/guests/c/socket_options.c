// Socket options that carry a time: what was set comes back, whatever the dilation makes of it inside the kernel.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guest.h"

#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif
#define SO_RCVTIMEO_OLD_NUMBER 20
#define SO_SNDTIMEO_OLD_NUMBER 21
#ifndef SO_MAX_PACING_RATE
#define SO_MAX_PACING_RATE 47
#endif

static char name[160];

static int tcp_socket(void) {
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void connected_pair(int pair[2]) {
    int server = tcp_socket();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    must(bind(server, (struct sockaddr*)&address, length) == 0 && listen(server, 5) == 0, "listen");
    getsockname(server, (struct sockaddr*)&address, &length);
    pair[0] = tcp_socket();
    must(connect(pair[0], (struct sockaddr*)&address, sizeof address) == 0, "connect");
    pair[1] = accept(server, NULL, NULL);
    close(server);
}

// Time limits of a socket: multiples of 20 ms are whole ticks at any usual tick rate.
static void time_limits(void) {
    static const struct {
        const char* name;
        int number;
    } options[] = {{"rcvtimeo", SO_RCVTIMEO_OLD_NUMBER},
                   {"sndtimeo", SO_SNDTIMEO_OLD_NUMBER},
                   {"rcvtimeo_new", SO_RCVTIMEO_NEW},
                   {"sndtimeo_new", SO_SNDTIMEO_NEW}};
    static const struct timeval values[] = {{0, 0},      {0, 20000},        {0, 500000},    {1, 0},
                                            {5, 40000},  {100, 0},          {86400, 0},     {1000000, 0},
                                            {-1, 0},     {-5, 999999},      {0, 1000000},   {0, -1},
                                            {0, 999980}, {4000000000ll, 0}, {INT64_MAX, 0}, {INT64_MAX, 999999},
                                            {0, 1}};
    for (size_t o = 0; o < LENGTH(options); o++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        for (size_t v = 0; v < LENGTH(values); v++) {
            errno = 0;
            long ret = syscall(SYS_setsockopt, fd, SOL_SOCKET, options[o].number, &values[v], sizeof values[v]);
            int error = ret < 0 ? errno : 0;
            struct timeval time = {-7, -7};
            socklen_t length = sizeof time;
            long got = syscall(SYS_getsockopt, fd, SOL_SOCKET, options[o].number, &time, &length);
            snprintf(name, sizeof name, "%s.%zu", options[o].name, v);
            // One microsecond is rounded up to a tick; what lasts for a hundred years loses its microseconds.
            bool rough = values[v].tv_usec == 1, long_time = time.tv_sec > 1000000000;
            report(name, "ret=%ld errno=%d got=%ld length=%u sec=%ld usec=%ld", ret, error, got, length,
                   (long)time.tv_sec,
                   long_time ? 0l
                   : rough   ? (long)(time.tv_usec > 0 && time.tv_usec <= 10000)
                             : (long)time.tv_usec);
        }
        static const socklen_t lengths[] = {0, 1, 4, 8, 15, 16, 17, 64, (socklen_t)-1};
        for (size_t l = 0; l < LENGTH(lengths); l++) {
            char bytes[64];
            memset(bytes, 0, sizeof bytes);
            errno = 0;
            long ret = syscall(SYS_setsockopt, fd, SOL_SOCKET, options[o].number, bytes, lengths[l]);
            snprintf(name, sizeof name, "%s.set_length.%d", options[o].name, (int)lengths[l]);
            report(name, "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
            struct timeval value = {3, 20000};
            syscall(SYS_setsockopt, fd, SOL_SOCKET, options[o].number, &value, sizeof value);
            memset(bytes, 0x5a, sizeof bytes);
            socklen_t length = lengths[l];
            errno = 0;
            ret = syscall(SYS_getsockopt, fd, SOL_SOCKET, options[o].number, bytes, &length);
            snprintf(name, sizeof name, "%s.get_length.%d", options[o].name, (int)lengths[l]);
            report(name, "ret=%ld errno=%d length=%d first=%d eighth=%d last=%d", ret, ret < 0 ? errno : 0, (int)length,
                   bytes[0], bytes[8], bytes[16]);
        }
        // The old and the new number name the same limit.
        struct timeval value = {2, 40000}, other = {0, 0};
        socklen_t length = sizeof other;
        setsockopt(fd, SOL_SOCKET, options[o].number, &value, sizeof value);
        getsockopt(fd, SOL_SOCKET, options[(o + 2) % 4].number, &other, &length);
        snprintf(name, sizeof name, "%s.other_number", options[o].name);
        report(name, "sec=%ld usec=%ld", (long)other.tv_sec, (long)other.tv_usec);
        close(fd);
    }
}

static void numbers(void) {
    // Within what the kernel can store when it is multiplied by 10: that it cannot hold more is a stated limit.
    static const struct {
        const char* name;
        int level, number;
        bool connected;
        int off;  // by how much it may come back different; -1: natively, too, it is rounded up
        int values[12];
        int count;
    } options[] = {
        {"user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, false, 0, {0, 1, 20, 1000, 30000, 7200000, -1, INT_MIN}, 8},
        {"keepidle", IPPROTO_TCP, TCP_KEEPIDLE, false, 0, {0, -1, 32768, INT_MAX, 1, 2, 60, 3276}, 8},
        {"keepintvl", IPPROTO_TCP, TCP_KEEPINTVL, false, 0, {0, -1, 32768, 1, 2, 60, 75, 3276}, 8},
        {"keepcnt", IPPROTO_TCP, TCP_KEEPCNT, false, 0, {0, 128, 1, 9, 127}, 5},
        {"defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT, false, -1, {0, 1, 2, 3, 5, 10, 30, 60, -1}, 9},
        {"linger2", IPPROTO_TCP, TCP_LINGER2, false, 0, {1, 5, 12, -1, -100, 10}, 6},
        {"keepidle.connected", IPPROTO_TCP, TCP_KEEPIDLE, true, 0, {1, 10, 3276}, 3},
        {"linger2.connected", IPPROTO_TCP, TCP_LINGER2, true, 0, {5, 12}, 2},
        {"max_pacing_rate",
         SOL_SOCKET,
         SO_MAX_PACING_RATE,
         false,
         16,
         {-1, 1000, 125000, 1000000, 125000000, 2000000000, 0},
         7},
        {"max_pacing_rate.connected", SOL_SOCKET, SO_MAX_PACING_RATE, true, 16, {-1, 1000, 125000000}, 3},
    };
    for (size_t o = 0; o < LENGTH(options); o++) {
        int pair[2] = {-1, -1};
        if (options[o].connected)
            connected_pair(pair);
        else
            pair[0] = tcp_socket();
        socklen_t length;
        long ret;
        int wanted = 0;
        for (int v = 0; v < options[o].count; v++) {
            errno = 0;
            ret = setsockopt(pair[0], options[o].level, options[o].number, &options[o].values[v], sizeof(int));
            int error = ret < 0 ? errno : 0, value = -7;
            length = sizeof value;
            getsockopt(pair[0], options[o].level, options[o].number, &value, &length);
            snprintf(name, sizeof name, "%s.%d", options[o].name, options[o].values[v]);
            // Where the value is refused, what was there before may be a default, which is the host's.
            if (ret == 0) wanted = options[o].values[v];
            if (options[o].off < 0)
                check(name, error == 0 && (wanted <= 0 ? value == 0 : value >= wanted && value <= 3 * wanted + 3),
                      "errno %d, got %d", error, value);
            else if (options[o].off > 0)  // a rate is stored in whole bytes a real second
                check(name, error == 0 && labs((long)value - wanted) <= options[o].off, "errno %d, got %d", error,
                      value);
            else
                report(name, "ret=%ld errno=%d value=%d length=%u", ret, error, ret == 0 ? value : 0, length);
        }
        static const socklen_t lengths[] = {0, 1, 2, 3, 5, 8};
        for (size_t l = 0; l < LENGTH(lengths); l++) {
            // Little in the narrow sense, so that a short buffer gets all of it.
            unsigned char bytes[16] = {12, 0};
            if (options[o].number == SO_MAX_PACING_RATE) bytes[2] = bytes[1] = 12;
            errno = 0;
            ret = setsockopt(pair[0], options[o].level, options[o].number, bytes, lengths[l]);
            snprintf(name, sizeof name, "%s.set_length.%u", options[o].name, lengths[l]);
            report(name, "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
            ret = setsockopt(pair[0], options[o].level, options[o].number, bytes, sizeof(int));
            memset(bytes, 0x5a, sizeof bytes);
            length = lengths[l];
            errno = 0;
            ret = getsockopt(pair[0], options[o].level, options[o].number, bytes, &length);
            snprintf(name, sizeof name, "%s.get_length.%u", options[o].name, lengths[l]);
            if (options[o].off != 0)
                for (size_t b = 0; b < 4; b++) bytes[b] = bytes[b] != 0x5a;
            report(name, "ret=%ld errno=%d length=%u bytes=%d,%d,%d,%d,%d", ret, ret < 0 ? errno : 0, length, bytes[0],
                   bytes[1], bytes[2], bytes[3], bytes[4]);
        }
        errno = 0;
        ret = setsockopt(pair[0], options[o].level, options[o].number, (void*)8, sizeof(int));
        snprintf(name, sizeof name, "%s.pointer", options[o].name);
        report(name, "ret=%ld errno=%d", ret, errno);
        close(pair[0]);
        if (pair[1] >= 0) close(pair[1]);
    }
    int fd = tcp_socket();
    static const uint64_t rates[] = {1000, 125000, 1250000000, 12500000000ull, UINT64_MAX};
    for (size_t r = 0; r < LENGTH(rates); r++) {
        uint64_t value = 7;
        long ret = setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rates[r], 8);
        socklen_t length = 8;
        getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &value, &length);
        snprintf(name, sizeof name, "max_pacing_rate.wide.%zu", r);
        check(name, ret == 0 && length == 8 && (value > rates[r] ? value - rates[r] : rates[r] - value) <= 16,
              "ret %ld, got %llu", ret, (unsigned long long)value);
        uint32_t narrow = 7, most = rates[r] > UINT32_MAX ? UINT32_MAX : (uint32_t)rates[r];
        length = 4;
        getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &narrow, &length);
        snprintf(name, sizeof name, "max_pacing_rate.wide.%zu.narrow", r);
        check(name, length == 4 && (narrow > most ? narrow - most : most - narrow) <= 16, "got %u", narrow);
    }
    close(fd);
    // The wrong kind of socket, and descriptors that are none.
    int other = socket(AF_UNIX, SOCK_STREAM, 0), five = 5;
    const int wrong[] = {other, STDIN_FILENO + 900, -1};
    for (size_t w = 0; w < LENGTH(wrong); w++) {
        errno = 0;
        long ret = setsockopt(wrong[w], IPPROTO_TCP, TCP_KEEPIDLE, &five, sizeof five);
        snprintf(name, sizeof name, "wrong.keepidle.%zu", w);
        report(name, "ret=%ld errno=%d", ret, errno);
        struct timeval time = {1, 0};
        errno = 0;
        ret = setsockopt(wrong[w], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
        snprintf(name, sizeof name, "wrong.rcvtimeo.%zu", w);
        report(name, "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    }
    close(other);
}

static void linger(void) {
    static const struct linger values[] = {{0, 0}, {1, 0}, {1, 1}, {1, 5}, {1, 60}, {1, 3600}, {0, 7}, {1, 100000}};
    for (size_t v = 0; v < LENGTH(values); v++) {
        int fd = tcp_socket();
        errno = 0;
        long ret = setsockopt(fd, SOL_SOCKET, SO_LINGER, &values[v], sizeof values[v]);
        struct linger value = {-7, -7};
        socklen_t length = sizeof value;
        getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length);
        snprintf(name, sizeof name, "linger.%zu", v);
        report(name, "ret=%ld errno=%d on=%d seconds=%d length=%u", ret, ret < 0 ? errno : 0, value.l_onoff,
               value.l_linger, length);
        struct linger half = {-7, -7};
        length = 4;
        ret = getsockopt(fd, SOL_SOCKET, SO_LINGER, &half, &length);
        snprintf(name, sizeof name, "linger.%zu.half", v);
        report(name, "ret=%ld on=%d seconds=%d length=%u", ret, half.l_onoff, half.l_linger, length);
        close(fd);
    }
    int fd = tcp_socket();
    errno = 0;
    long ret = setsockopt(fd, SOL_SOCKET, SO_LINGER, &values[2], 4);
    report("linger.short", "ret=%ld errno=%d", ret, errno);
    close(fd);
    // No lingering with 0: the peer sees a reset.
    int pair[2];
    connected_pair(pair);
    struct linger at_once = {1, 0};
    setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    TIMED("linger.reset", 0, close(pair[0]));
    char byte;
    errno = 0;
    ret = recv(pair[1], &byte, 1, 0);
    report("linger.reset.peer", "ret=%ld errno=%d", ret, errno);
    close(pair[1]);
}

// TCP_INFO: ages in milliseconds, round-trip times in microseconds.
static void info(void) {
    int pair[2];
    connected_pair(pair);
    int one = 1;
    setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char byte = 'x';
    for (int i = 0; i < 20; i++) {
        must(send(pair[0], &byte, 1, 0) == 1 && recv(pair[1], &byte, 1, 0) == 1, "ping");
        must(send(pair[1], &byte, 1, 0) == 1 && recv(pair[0], &byte, 1, 0) == 1, "pong");
    }
    struct timespec pause = timespec_of(60 * MS);
    nanosleep(&pause, NULL);
    struct tcp_info value;
    memset(&value, 0, sizeof value);
    socklen_t length = sizeof value;
    long ret = getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, &value, &length);
    report("info", "ret=%ld length_good=%d state=%d", ret, length >= 104, value.tcpi_state);
    // The kernel counts these ages in ticks.
    report("info.last_data_sent", "perceived_ns=%lld expected_ns=%lld tick_ns=%lld grain_ns=%lld",
           value.tcpi_last_data_sent * MS, 60 * MS, 12 * MS, MS);
    report("info.last_data_recv", "perceived_ns=%lld expected_ns=%lld tick_ns=%lld grain_ns=%lld",
           value.tcpi_last_data_recv * MS, 60 * MS, 12 * MS, MS);
    report("info.last_ack_recv", "perceived_ns=%lld expected_ns=%lld tick_ns=%lld grain_ns=%lld",
           value.tcpi_last_ack_recv * MS, 60 * MS, 60 * MS, MS);
    check("info.rtt", value.tcpi_rtt < 50000, "%u us", value.tcpi_rtt);
    check("info.rto", value.tcpi_rto > 0 && value.tcpi_rto <= 1100000, "%u us", value.tcpi_rto);
    // A shorter buffer gets the beginning only.
    struct tcp_info part;
    memset(&part, 0x5a, sizeof part);
    length = 40;
    ret = getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, &part, &length);
    report("info.short", "ret=%ld length=%u untouched=%d", ret, length, ((unsigned char*)&part)[40]);
    errno = 0;
    length = sizeof part;
    ret = getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, (void*)8, &length);
    report("info.pointer", "ret=%ld errno=%d", ret, errno);
    errno = 0;
    ret = getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, &part, (void*)8);
    report("info.length_pointer", "ret=%ld errno=%d", ret, errno);
    close(pair[0]);
    close(pair[1]);
}

int main(void) {
    guest_begin();
    time_limits();
    numbers();
    linger();
    info();
    return guest_end();
}
