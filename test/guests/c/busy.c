// Keeps a processor busy for --wall=MS, and tells how much CPU time it perceived and how much work it did.
#include "guest.h"

int main(int argc, char** argv) {
    const char* wall = option(argc, argv, "wall");
    int64_t start = now_ns(), end = start + (wall != NULL ? atoll(wall) : 300) * MS;
    int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    long rounds = 0;
    for (; now_ns() < end; rounds++)
        for (volatile int i = 0; i < 20000; i++) {
        }
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    report("busy", "share=%.3f rounds=%ld", (double)cpu / (double)(now_ns() - start), rounds);
    return 0;
}
