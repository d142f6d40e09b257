// Cycles for one clock_gettime(CLOCK_MONOTONIC): the median over batches.
#include <stdio.h>
#include <time.h>

#include "cycles.h"

enum { BATCHES = 400, CALLS = 5000 };

int main(void) {
    static uint64_t samples[BATCHES];
    struct timespec ts;
    for (int batch = 0; batch < BATCHES; batch++) {
        uint64_t begin = cycles();
        for (int i = 0; i < CALLS; i++) clock_gettime(CLOCK_MONOTONIC, &ts);
        samples[batch] = cycles() - begin;
    }
    printf("%.2f\n", (double)median_cycles(samples, BATCHES) / CALLS);
    return 0;
}
