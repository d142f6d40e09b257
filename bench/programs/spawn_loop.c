// spawn_loop COUNT PROGRAM [ARG...]: runs the program so often, one after the other; prints the median cycles from
// vfork to its end.
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cycles.h"

extern char** environ;

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    size_t count = (size_t)atoll(argv[1]);
    uint64_t* samples = calloc(count, sizeof *samples);
    if (samples == NULL || count == 0) return 2;
    for (size_t i = 0; i < count; i++) {
        pid_t child;
        int status;
        uint64_t begin = cycles();
        if (posix_spawn(&child, argv[2], NULL, NULL, argv + 2, environ) != 0) return 1;
        if (waitpid(child, &status, 0) != child || status != 0) return 1;
        samples[i] = cycles() - begin;
    }
    printf("%llu\n", (unsigned long long)median_cycles(samples, count));
    return 0;
}
