// turns SECONDS: says "busy" and, when it has read a line, is busy that long. Prints the mean length of its turns on a
// processor, in ms, how many cores it had, and how many rounds it made a second.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Nothing but the end of a turn keeps it from reading the clock for so long.
static const double pause_ms = 0.7;

static double now_ms(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    printf("busy\n");
    fflush(stdout);
    if (getchar() == EOF) return 1;
    const double begin = now_ms(CLOCK_MONOTONIC), used = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    const double end = begin + atof(argv[1]) * 1e3;
    double turn = begin, last = begin, all = 0;
    long turns = 0, rounds = 0;
    while (last < end) {
        const double now = now_ms(CLOCK_MONOTONIC);
        if (now - last > pause_ms) {
            all += last - turn;
            turns++;
            turn = now;
        }
        last = now;
        rounds++;
    }
    const double took = last - begin, worked = now_ms(CLOCK_PROCESS_CPUTIME_ID) - used;
    printf("%f %f %f\n", turns == 0 ? took : all / (double)turns, worked / took, (double)rounds * 1e3 / took);
    return 0;
}
