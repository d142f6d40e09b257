// Every way of starting a child: fork, vfork, posix_spawn, system, popen, clone with and without shared memory, clone3.
// Each child waits, and the parent sees it take as long.
#include <linux/sched.h>
#include <sched.h>
#include <spawn.h>

#include "guest.h"

extern char** environ;
static char self[4096];
static char name[128];

static void sleep_ns(int64_t ns) {
    struct timespec time = timespec_of(ns);
    syscall(SYS_nanosleep, &time, NULL);
}

// Reports how a child ended and how long it took since `start`.
static void report_child(const char* what, pid_t child, int64_t start, int64_t expected) {
    int status = -1;
    pid_t got = waitpid(child, &status, __WALL);
    // A program's start takes a while, which is no more than that of a native one.
    report(what, "perceived_ns=%lld expected_ns=%lld late_ns=%lld reaped=%d status=%d", (long long)(now_ns() - start),
           (long long)expected, 25 * MS, got == child, status);
}

static void forks(void) {
    int64_t start = now_ns();
    pid_t child = fork();
    if (child == 0) {
        sleep_ns(10 * MS);
        _exit(3);
    }
    report_child("fork", child, start, 10 * MS);
    start = now_ns();
    child = vfork();
    if (child == 0) {
        sleep_ns(10 * MS);
        _exit(3);
    }
    // The parent was suspended for as long.
    report("vfork.suspended", "perceived_ns=%lld expected_ns=%lld", (long long)(now_ns() - start), 10 * MS);
    report_child("vfork", child, start, 10 * MS);
    start = now_ns();
    child = vfork();
    if (child == 0) {
        execl(self, "children", "--sleep=10", NULL);
        _exit(9);
    }
    report_child("vfork_exec", child, start, 10 * MS);
    // A vfork child that tries in vain, then ends: the parent's state is its own again.
    start = now_ns();
    child = vfork();
    if (child == 0) {
        execl("/nonexistent/program", "x", NULL);
        execl("/etc/passwd", "x", NULL);
        execl("/", "x", NULL);
        _exit(errno == EACCES ? 5 : 6);
    }
    report_child("vfork_exec_failed", child, start, 0);
    struct timespec time = timespec_of(5 * MS);
    TIMED("after_vfork", 5 * MS, nanosleep(&time, NULL));
}

static void spawns(void) {
    char* arguments[] = {"children", "--sleep=10", NULL};
    pid_t child;
    int64_t start = now_ns();
    int ret = posix_spawn(&child, self, NULL, NULL, arguments, environ);
    report("posix_spawn.made", "ret=%d", ret);
    report_child("posix_spawn", child, start, 10 * MS);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setsigmask(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    start = now_ns();
    ret = posix_spawn(&child, self, NULL, &attributes, arguments, environ);
    report("posix_spawn.signals.made", "ret=%d", ret);
    report_child("posix_spawn.signals", child, start, 10 * MS);
    ret = posix_spawn(&child, "/nonexistent/program", NULL, NULL, arguments, environ);
    report("posix_spawn.missing", "ret=%d", ret);
    ret = posix_spawnp(&child, "no-such-program-anywhere", NULL, NULL, arguments, environ);
    report("posix_spawnp.missing", "ret=%d", ret);
    start = now_ns();
    ret = posix_spawnp(&child, "sleep", NULL, NULL, (char*[]){"sleep", "0.02", NULL}, environ);
    report("posix_spawnp.made", "ret=%d", ret);
    report_child("posix_spawnp", child, start, 20 * MS);
    start = now_ns();
    char command[5000];
    snprintf(command, sizeof command, "%s --sleep=10", self);
    ret = system(command);
    report("system", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%d", (long long)(now_ns() - start), 10 * MS,
           25 * MS, ret);
    start = now_ns();
    snprintf(command, sizeof command, "%s --sleep=10; echo done", self);
    FILE* pipe = popen(command, "r");
    char line[64] = "";
    must(pipe != NULL && fgets(line, sizeof line, pipe) != NULL, "popen");
    ret = pclose(pipe);
    report("popen", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%d output=%.4s", (long long)(now_ns() - start),
           10 * MS, 25 * MS, ret, line);
}

static volatile int shared_value;
static int clone_body(void* argument) {
    sleep_ns(10 * MS);
    shared_value = (int)(intptr_t)argument;
    return 4;
}

static void clones(void) {
    static char stack[65536] __attribute__((aligned(16)));
    static const struct {
        const char* name;
        int flags;
    } cases[] = {
        {"plain", SIGCHLD},
        {"vm", CLONE_VM | SIGCHLD},
        {"vm_vfork", CLONE_VM | CLONE_VFORK | SIGCHLD},
        {"vm_files_fs", CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD},
        {"vm_sighand", CLONE_VM | CLONE_SIGHAND | SIGCHLD},
        {"no_signal", CLONE_VM},
    };
    for (size_t c = 0; c < LENGTH(cases); c++) {
        shared_value = 0;
        int64_t start = now_ns();
        pid_t child = clone(clone_body, stack + sizeof stack, cases[c].flags, (void*)(intptr_t)(int)(c + 70));
        snprintf(name, sizeof name, "clone.%s", cases[c].name);
        report_child(name, child, start, 10 * MS);
        snprintf(name, sizeof name, "clone.%s.value", cases[c].name);
        report(name, "shared=%d", shared_value);
    }
    // In a clone that shares memory but not handlers, SIGSYS is its own.
    struct timespec time = timespec_of(5 * MS);
    TIMED("after_clones", 5 * MS, nanosleep(&time, NULL));
}

// The raw call is refused so that libraries fall back; natively it works. The test looks at this line by itself.
static void raw_clone3(void) {
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.exit_signal = SIGCHLD;
    errno = 0;
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    int error = errno;
    if (child > 0) waitpid((pid_t)child, NULL, 0);
    report("raw_clone3", "worked_or_enosys=%d", child > 0 || error == ENOSYS);
}

// Children of children, and orphans.
static void generations(void) {
    int64_t start = now_ns();
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            sleep_ns(10 * MS);
            execl(self, "children", "--sleep=5", NULL);
        }
        int status;
        waitpid(grandchild, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    report_child("grandchild", child, start, 15 * MS);
}

int main(int argc, char** argv) {
    const char* duration = option(argc, argv, "sleep");
    if (duration != NULL) {
        sleep_ns(atoll(duration) * MS);
        return 3;
    }
    must(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "readlink");
    guest_begin();
    forks();
    spawns();
    clones();
    raw_clone3();
    generations();
    return guest_end();
}
