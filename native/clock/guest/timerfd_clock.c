// Which clock a timerfd runs on. Descriptors are duplicated, inherited and passed around; only the kernel knows.
#include "timers.h"

#define AT_FDCWD_VALUE ((uint64_t)-100)
#define O_CLOEXEC_FLAG 02000000

// No machine has been up for ten years of virtual time, and no wall clock in use is below 1980.
int guess_clock(int64_t value_ns) {
    return value_ns > 10 * 365 * 86400 * NS_PER_SEC ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

static char* append(char* at, const char* text) {
    while (*text != 0) *at++ = *text++;
    return at;
}

static char* append_number(char* at, unsigned number) {
    char digits[10];
    int n = 0;
    do digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (n > 0) *at++ = digits[--n];
    return at;
}

// The number behind "clockid: ", or -1.
static int find_clock(const char* text, long length) {
    static const char key[] = "clockid: ";
    const long key_length = sizeof key - 1;
    for (long i = 0; i + key_length < length; i++) {
        long matched = 0;
        while (matched < key_length && text[i + matched] == key[matched]) matched++;
        if (matched < key_length) continue;
        int clock = 0;
        for (i += key_length; i < length && text[i] >= '0' && text[i] <= '9'; i++) clock = clock * 10 + (text[i] - '0');
        return clock;
    }
    return -1;
}

int timerfd_clock(int fd, int64_t value_ns) {
    char path[40], text[256];
    char* end = append_number(append(path, "/proc/self/fdinfo/"), (unsigned)fd);
    *end = 0;
    long info = sys4(__NR_openat, AT_FDCWD_VALUE, address_of(path), O_CLOEXEC_FLAG, 0);
    if (info < 0) return guess_clock(value_ns);
    long length = sys3(__NR_read, (uint64_t)info, address_of(text), sizeof text);
    sys2(__NR_close, (uint64_t)info, 0);
    int clock = find_clock(text, length);
    return clock >= 0 ? clock : guess_clock(value_ns);
}
