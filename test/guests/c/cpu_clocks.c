// CPU clocks and resource usage: a guest that keeps its core busy sees 100 %, and all accounts of it agree.
#include <sys/times.h>

#include "guest.h"

static clockid_t clock_of_process(pid_t pid, unsigned which) {
    return (clockid_t)((~(unsigned)pid << 3) | which);
}
static clockid_t clock_of_thread(pid_t tid, unsigned which) {
    return (clockid_t)((~(unsigned)tid << 3) | 4 | which);
}
enum { PROF = 0, VIRT = 1, SCHED = 2 };

static int64_t used_ns(const struct rusage* usage) {
    return ns_of_timeval(usage->ru_utime) + ns_of_timeval(usage->ru_stime);
}

static int64_t rusage_ns(int who) {
    struct rusage usage;
    must(getrusage(who, &usage) == 0, "getrusage");
    return used_ns(&usage);
}

// Keeps the processor busy until this thread's CPU clock has advanced by `ns`: load on the host does not matter.
static void burn_cpu(int64_t ns) {
    int64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end) {
        for (volatile int i = 0; i < 20000; i++) {
        }
    }
}

static void burn_wall(int64_t ns) {
    int64_t end = now_ns() + ns;
    while (now_ns() < end) {
    }
}

// The host may take the core away for a while: the best of some attempts counts.
static void busy_sees_all_of_its_core(void) {
    static const clockid_t ids[] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    static const char* names[] = {"busy.process", "busy.thread"};
    for (size_t i = 0; i < LENGTH(ids); i++) {
        double best = 0, most = 0;
        for (int attempt = 0; attempt < 12 && best < 0.93; attempt++) {
            int64_t wall = now_ns(), cpu = clock_ns(ids[i]);
            burn_wall(15 * MS);
            int64_t cpu_passed = clock_ns(ids[i]) - cpu, wall_passed = now_ns() - wall;
            double share = (double)cpu_passed / (double)wall_passed;
            if (share > best) best = share;
            if (share > most) most = share;
        }
        check(names[i], best > 0.75 && most < 1.02, "share %.3f", best);
    }
    double best = 0;
    for (int attempt = 0; attempt < 12 && best < 0.93; attempt++) {
        int64_t wall = now_ns(), cpu = rusage_ns(RUSAGE_SELF);
        burn_wall(15 * MS);
        cpu = rusage_ns(RUSAGE_SELF) - cpu;
        double share = (double)cpu / (double)(now_ns() - wall);
        if (share > best) best = share;
    }
    check("busy.rusage", best > 0.75 && best < 1.02, "share %.3f", best);
}

static void sleeping_uses_nothing(void) {
    int64_t process = clock_ns(CLOCK_PROCESS_CPUTIME_ID), usage = rusage_ns(RUSAGE_SELF);
    struct timespec pause = timespec_of(40 * MS);
    nanosleep(&pause, NULL);
    process = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - process;
    usage = rusage_ns(RUSAGE_SELF) - usage;
    check("sleep.process", process >= 0 && process < 10 * MS, "%lld ns", (long long)process);
    check("sleep.rusage", usage >= 0 && usage < 10 * MS, "%lld ns", (long long)usage);
}

// Every clock that names this process or thread tells the same.
static void all_names_agree(void) {
    clockid_t of_self, of_zero;
    must(clock_getcpuclockid(getpid(), &of_self) == 0 && clock_getcpuclockid(0, &of_zero) == 0, "clock_getcpuclockid");
    clockid_t of_thread;
    must(pthread_getcpuclockid(pthread_self(), &of_thread) == 0, "pthread_getcpuclockid");
    const struct {
        const char* name;
        clockid_t id;
        int64_t tick_ns;   // user and system times are counted in ticks
        int64_t grain_ns;  // the time the kernel spends for us is not user time
    } clocks[] = {
        {"process", CLOCK_PROCESS_CPUTIME_ID, 0, 0},
        {"thread", CLOCK_THREAD_CPUTIME_ID, 0, 0},
        {"getcpuclockid_self", of_self, 0, 0},
        {"getcpuclockid_zero", of_zero, 0, 0},
        {"pthread_getcpuclockid", of_thread, 0, 0},
        {"process_sched", clock_of_process(getpid(), SCHED), 0, 0},
        {"process_prof", clock_of_process(getpid(), PROF), 10 * MS, 0},
        {"process_virt", clock_of_process(getpid(), VIRT), 10 * MS, 20 * MS},
        {"thread_sched", clock_of_thread((pid_t)syscall(SYS_gettid), SCHED), 0, 0},
        {"thread_prof", clock_of_thread(0, PROF), 10 * MS, 0},
        {"thread_virt", clock_of_thread(0, VIRT), 10 * MS, 20 * MS},
    };
    int64_t before[LENGTH(clocks)], raw;
    for (size_t i = 0; i < LENGTH(clocks); i++) before[i] = clock_ns(clocks[i].id);
    int64_t self = rusage_ns(RUSAGE_SELF), thread = rusage_ns(RUSAGE_THREAD);
    struct tms tms_before, tms_after;
    times(&tms_before);
    burn_cpu(40 * MS);
    times(&tms_after);
    self = rusage_ns(RUSAGE_SELF) - self;
    thread = rusage_ns(RUSAGE_THREAD) - thread;
    for (size_t i = 0; i < LENGTH(clocks); i++) {
        struct timespec time;
        must(syscall(SYS_clock_gettime, clocks[i].id, &time) == 0, clocks[i].name);
        raw = ns_of(time) - before[i];
        char name[64];
        snprintf(name, sizeof name, "agree.%s", clocks[i].name);
        report(name, "perceived_ns=%lld expected_ns=%lld tick_ns=%lld grain_ns=%lld", (long long)raw, 40 * MS,
               (long long)clocks[i].tick_ns, (long long)clocks[i].grain_ns);
    }
    report("agree.rusage_self", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld", (long long)self, 40 * MS, 50 * US);
    report("agree.rusage_thread", "perceived_ns=%lld expected_ns=%lld grain_ns=%lld", (long long)thread, 40 * MS,
           50 * US);
    long ticks = tms_after.tms_utime + tms_after.tms_stime - tms_before.tms_utime - tms_before.tms_stime;
    check("agree.times", ticks >= 2 && ticks <= 7, "%ld ticks", ticks);
    check("clock",
          (int64_t)clock() * (SEC / CLOCKS_PER_SEC) >= 40 * MS && clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= 40 * MS, "%ld",
          (long)clock());
}

// A child uses 40 ms and says how much it thinks it used; the parent's accounts must agree.
static void children_are_accounted(void) {
    struct tms before, after;
    times(&before);
    int64_t children = rusage_ns(RUSAGE_CHILDREN), previous = children;
    for (int way = 0; way < 3; way++) {
        static const char* names[] = {"child.wait4", "child.waitid", "child.raw_wait4"};
        int64_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pid_t child = fork();
        if (child == 0) {
            burn_cpu(40 * MS);
            *shared = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
            _exit(3);
        }
        struct rusage usage;
        memset(&usage, 0xff, sizeof usage);
        int status = 0;
        siginfo_t info;
        memset(&info, 0, sizeof info);
        long ret;
        if (way == 0)
            ret = wait4(child, &status, 0, &usage);
        else if (way == 1)
            ret = syscall(SYS_waitid, P_PID, child, &info, WEXITED, &usage);
        else
            ret = syscall(SYS_wait4, child, &status, 0, &usage);
        int64_t used = used_ns(&usage);
        // fork and exit cost something too, which the child does not see
        report(names[way], "perceived_ns=%lld expected_ns=%lld grain_ns=%lld late_ns=%lld", (long long)used,
               (long long)*shared, 2 * US, 20 * MS);
        char name[64];
        snprintf(name, sizeof name, "%s.result", names[way]);
        report(name, "good=%d status=%d code=%d", way == 1 ? ret == 0 : ret == child, status, info.si_code);
        int64_t now = rusage_ns(RUSAGE_CHILDREN);
        snprintf(name, sizeof name, "%s.rusage_children", names[way]);
        report(name, "perceived_ns=%lld expected_ns=%lld grain_ns=%lld", (long long)(now - previous), (long long)used,
               2 * US);
        previous = now;
        munmap(shared, 4096);
    }
    times(&after);
    long ticks = after.tms_cutime + after.tms_cstime - before.tms_cutime - before.tms_cstime;
    check("child.times", ticks >= 9 && ticks <= 20, "%ld ticks", ticks);
    struct rusage untouched;
    memset(&untouched, 0x5a, sizeof untouched);
    long ret = wait4(-1, NULL, WNOHANG, &untouched);
    report("child.none", "ret=%ld errno=%d", ret, ret < 0 ? errno : 0);
    unsigned char* bytes = (unsigned char*)&untouched;
    bool same = true;
    for (size_t i = 0; i < sizeof untouched; i++) same &= bytes[i] == 0x5a;
    check("child.none.untouched", same, "rusage is only written for a child");
}

// A running child's clock, read by its pid.
static void clock_of_another_process(void) {
    int64_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2], go[2];
    must(pipe(ready) == 0 && pipe(go) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        burn_cpu(30 * MS);
        *shared = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(1);
        _exit(0);
    }
    char byte;
    must(read(ready[0], &byte, 1) == 1, "read");
    struct timespec pause = timespec_of(5 * MS);
    nanosleep(&pause, NULL);
    clockid_t id;
    must(clock_getcpuclockid(child, &id) == 0, "clock_getcpuclockid of the child");
    int64_t seen = clock_ns(id);
    report("other.clock", "perceived_ns=%lld expected_ns=%lld late_ns=%lld", (long long)seen, (long long)*shared,
           5 * MS);
    must(write(go[1], "x", 1) == 1, "write");
    waitpid(child, NULL, 0);
    errno = 0;
    struct timespec time;
    long ret = clock_gettime(id, &time);
    report("other.gone", "ret=%ld errno=%d", ret, errno);
    ret = clock_getcpuclockid(child, &id);
    report("other.gone.getcpuclockid", "ret=%ld", ret);
}

// wait4 and waitid combinations: options, and where the usage may go.
static void waits_enumerated(void) {
    static const struct {
        const char* name;
        int options;
    } options[] = {{"none", 0}, {"nohang", WNOHANG}, {"untraced", WUNTRACED}, {"all", __WALL}, {"invalid", 0x100000}};
    void* sealed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* pointers[] = {NULL, (void*)16, sealed};
    for (size_t i = 0; i < LENGTH(options); i++)
        for (size_t j = 0; j < LENGTH(pointers); j++) {
            pid_t child = fork();
            if (child == 0) _exit(7);
            siginfo_t info;
            syscall(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, NULL);  // until it is a zombie
            int status = -1;
            errno = 0;
            long ret = syscall(SYS_wait4, child, &status, options[i].options, pointers[j]);
            char name[64];
            snprintf(name, sizeof name, "wait4.%s.%zu", options[i].name, j);
            report(name, "ret=%d errno=%d status=%d", ret == child ? 1 : (int)ret, ret < 0 ? errno : 0, status);
            errno = 0;
            ret = waitpid(child, NULL, 0);
            snprintf(name, sizeof name, "wait4.%s.%zu.left", options[i].name, j);
            report(name, "ret=%d errno=%d", ret == child ? 1 : (int)ret, ret < 0 ? errno : 0);
        }
    for (size_t j = 0; j < LENGTH(pointers); j++) {
        pid_t child = fork();
        if (child == 0) _exit(7);
        siginfo_t info;
        memset(&info, 0, sizeof info);
        errno = 0;
        long ret = syscall(SYS_waitid, P_PID, child, &info, WEXITED, pointers[j]);
        char name[64];
        snprintf(name, sizeof name, "waitid.%zu", j);
        report(name, "ret=%ld errno=%d status=%d pid=%d", ret, ret < 0 ? errno : 0, info.si_status,
               info.si_pid == child);
        waitpid(child, NULL, 0);
    }
    for (size_t j = 0; j < LENGTH(pointers); j++) {
        errno = 0;
        char name[64];
        snprintf(name, sizeof name, "getrusage.%zu", j);
        long ret = syscall(SYS_getrusage, RUSAGE_SELF, pointers[j]);
        report(name, "ret=%ld errno=%d", ret, errno);
    }
    struct rusage usage;
    for (int who = -3; who <= 3; who++) {
        errno = 0;
        char name[64];
        snprintf(name, sizeof name, "getrusage.who.%d", who);
        long ret = syscall(SYS_getrusage, who, &usage);
        report(name, "ret=%ld errno=%d", ret, errno);
    }
}

int main(void) {
    guest_begin();
    busy_sees_all_of_its_core();
    sleeping_uses_nothing();
    all_names_agree();
    children_are_accounted();
    clock_of_another_process();
    waits_enumerated();
    return guest_end();
}
