// Part of scripts/demo_exec: linked statically, so nothing can be preloaded into it.
#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(void) {
    const struct timespec half = {0, 500000000};
    const double begin = now();
    nanosleep(&half, NULL);
    printf("slept for %.3f s\n", now() - begin);
    return 0;
}
