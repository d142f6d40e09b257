// Cycle counts: the one clock that is the same inside and outside of dilated time (without --tsc).
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <x86intrin.h>

static inline uint64_t cycles(void) {
    unsigned cpu;
    return __rdtscp(&cpu);
}

static int compare_cycles(const void* a, const void* b) {
    uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
    return x < y ? -1 : x > y;
}

static inline uint64_t median_cycles(uint64_t* samples, size_t count) {
    qsort(samples, count, sizeof *samples, compare_cycles);
    return samples[count / 2];
}
