// sleep_lateness NANOSECONDS COUNT: sleeps that long so often; prints the median length in cycles.
#include <stdio.h>
#include <time.h>

#include "cycles.h"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    long long ns = atoll(argv[1]);
    size_t count = (size_t)atoll(argv[2]);
    uint64_t* samples = calloc(count, sizeof *samples);
    if (samples == NULL || count == 0) return 2;
    struct timespec length = {ns / 1000000000, ns % 1000000000};
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = cycles();
        if (clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL) != 0) return 1;
        samples[i] = cycles() - begin;
    }
    printf("%llu\n", (unsigned long long)median_cycles(samples, count));
    return 0;
}
