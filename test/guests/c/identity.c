// Tells who it runs as and whether it was started with more rights than its caller; then waits.
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "guest.h"

int main(void) {
    report("identity", "uid=%d euid=%d gid=%d egid=%d secure=%lu no_new_privs=%d", getuid(), geteuid(), getgid(),
           getegid(), getauxval(AT_SECURE), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    struct timespec time = timespec_of(5 * MS);
    TIMED("sleep", 5 * MS, nanosleep(&time, NULL));
    return 0;
}
