// A process is stopped and continued in the middle of each wait: some waits go on, some end with EINTR, as the kernel
// has it; none is lengthened beyond the stop, none shortened.
#include "waits.h"

// The times of the stop: from 6 to 14 ms after the wait began.
enum { STOP = 6, CONTINUE = 14 };

static void wait_in_child(size_t w, bool outlasts, int ready) {
    make_waits();
    must(write(ready, "x", 1) == 1, "write");
    int64_t start = now_ns(), wait_ns = (outlasts ? 10 : 24) * MS;
    errno = 0;
    long ret = waits[w].wait(wait_ns);
    int error = ret < 0 ? errno : 0;
    int64_t took = now_ns() - start, expected = wait_ns;
    if (error == EINTR || (outlasts && !waits[w].resumes_anew))
        expected = CONTINUE * MS;
    else if (waits[w].resumes_anew)
        expected = wait_ns + (CONTINUE - STOP) * MS;
    char name[128];
    snprintf(name, sizeof name, "%s.%s", outlasts ? "beyond" : "within", waits[w].name);
    // The two processes do not start their clocks at the same moment: no sooner than the wait, or the stop, is exact.
    int64_t least = error == EINTR ? STOP * MS : wait_ns;
    report(name, "perceived_ns=%lld expected_ns=%lld late_ns=%lld grain_ns=%lld ret=%ld errno=%d", (long long)took,
           (long long)expected, (long long)late_ns(w), (long long)(expected - least), ret, error);
    unmake_waits();
}

int main(void) {
    guest_begin();
    for (size_t w = 0; w < WAITS; w++)
        for (int outlasts = 0; outlasts < 2; outlasts++) {
            int ready[2];
            char byte;
            must(pipe(ready) == 0, "pipe");
            pid_t child = fork();
            if (child == 0) {
                wait_in_child(w, outlasts, ready[1]);
                _exit(0);
            }
            must(read(ready[0], &byte, 1) == 1, "read");
            int64_t start = now_ns();
            struct timespec until = timespec_of(start + STOP * MS);
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
            kill(child, SIGSTOP);
            until = timespec_of(start + CONTINUE * MS);
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
            kill(child, SIGCONT);
            waitpid(child, NULL, 0);
            close(ready[0]);
            close(ready[1]);
        }
    return guest_end();
}
