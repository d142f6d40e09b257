// Thousands of short processes: each is started, waits a moment, and is gone; none is lost, none hangs.
#include <spawn.h>

#include "guest.h"

extern char** environ;

static void count_forks(int count) {
    volatile int good = 0;
    for (volatile int i = 0; i < count; i++) {
        pid_t child = i % 2 ? fork() : vfork();
        if (child == 0) {
            struct timespec time = timespec_of(20 * US);
            syscall(SYS_nanosleep, &time, NULL);
            _exit(42);
        }
        int status = 0;
        good = good + (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42);
    }
    report("forks", "good=%d of=%d", good, count);
}

// Four at a time.
static void count_programs(char* self, int count) {
    int good = 0;
    for (int i = 0; i < count; i += 4) {
        pid_t children[4];
        char* arguments[] = {self, "--child=1", NULL};
        for (int j = 0; j < 4; j++)
            must(posix_spawn(&children[j], "/proc/self/exe", NULL, NULL, arguments, environ) == 0, "posix_spawn");
        for (int j = 0; j < 4; j++) {
            int status = 0;
            good += waitpid(children[j], &status, 0) == children[j] && WIFEXITED(status) && WEXITSTATUS(status) == 42;
        }
    }
    report("programs", "good=%d of=%d", good, count);
}

int main(int argc, char** argv) {
    const char *forks = option(argc, argv, "forks"), *programs = option(argc, argv, "programs");
    if (option(argc, argv, "child") != NULL) {
        int64_t start = now_ns();
        struct timespec time = timespec_of(50 * US);
        nanosleep(&time, NULL);
        return now_ns() - start >= 50 * US ? 42 : 43;
    }
    guest_begin();
    count_forks(forks != NULL ? atoi(forks) : 100);
    count_programs(argv[0], programs != NULL ? atoi(programs) : 48);
    return guest_end();
}
