// clock_pairs SECONDS...: at the beginning, and after each so many seconds of its own clock, prints CLOCK_MONOTONIC in
// ns and the cycle counter, read as close together as several tries allow.
#include <stdio.h>
#include <time.h>

#include "cycles.h"

static void print_pair(void) {
    uint64_t closest = UINT64_MAX, at = 0;
    long long ns = 0;
    for (int i = 0; i < 200; i++) {
        struct timespec ts;
        uint64_t before = cycles();
        clock_gettime(CLOCK_MONOTONIC, &ts);
        uint64_t after = cycles();
        if (after - before >= closest) continue;
        closest = after - before;
        at = before + closest / 2;
        ns = ts.tv_sec * 1000000000ll + ts.tv_nsec;
    }
    printf("%lld %llu\n", ns, (unsigned long long)at);
    fflush(stdout);
}

int main(int argc, char** argv) {
    print_pair();
    for (int i = 1; i < argc; i++) {
        double seconds = atof(argv[i]);
        struct timespec length = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
        nanosleep(&length, NULL);
        print_pair();
    }
    return 0;
}
