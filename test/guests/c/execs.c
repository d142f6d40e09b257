// exec in every shape: script chains, by a thread that is not the leader, from descriptors, without descriptors, under
// tight limits. What the new program finds must be what it would find natively, and its waits work.
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "guest.h"

#ifndef SYS_execveat
#define SYS_execveat 322
#endif
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1
#endif

extern char** environ;
static char self[4096], directory[200];
static char name[160];

// ---- The program that is started ------------------------------------------------------------------------------------

// What a program can see of how it was started; all of it is compared with native.
static void report_start(const char* what, int argc, char** argv) {
    int descriptors = 0, highest = -1;
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0) {
            descriptors++;
            highest = fd;
        }
    int variables = 0;
    while (environ[variables] != NULL) variables++;
    uint64_t mask = 0, pending = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    syscall(SYS_rt_sigpending, &pending, 8);
    const char* file = (const char*)getauxval(AT_EXECFN);
    snprintf(name, sizeof name, "start.%s", what);
    report(name,
           "descriptors=%d highest=%d argc=%d variables=%d mask=%llx pending=%llx secure=%lu execfn=%d entry=%d "
           "base=%d vdso=%d "
           "tick=%lu page=%lu",
           descriptors, highest, argc, variables, (unsigned long long)mask, (unsigned long long)pending,
           getauxval(AT_SECURE), file != NULL && strlen(file) > 0, getauxval(AT_ENTRY) != 0, getauxval(AT_BASE) != 0,
           getauxval(AT_SYSINFO_EHDR) != 0, getauxval(AT_CLKTCK), getauxval(AT_PAGESZ));
    (void)argv;
    snprintf(name, sizeof name, "start.%s.sleep", what);
    struct timespec time = timespec_of(5 * MS);
    TIMED(name, 5 * MS, nanosleep(&time, NULL));
}

// Says by its exit status whether its sleep was right: for those who have no descriptor to write to.
static int quiet(void) {
    int64_t start = now_ns();
    struct timespec time = timespec_of(8 * MS);
    int ret = nanosleep(&time, NULL);
    int64_t took = now_ns() - start;
    return ret == 0 && took >= 8 * MS && took < 80 * MS ? 42 : 43;
}

// ---- Those who start it
// -----------------------------------------------------------------------------------------------

static void in_child(const char* what, void (*run)(const char*)) {
    pid_t child = fork();
    if (child == 0) {
        run(what);
        report(what, "exec_failed=%d", errno);
        _exit(9);
    }
    int status;
    waitpid(child, &status, 0);
    snprintf(name, sizeof name, "%s.end", what);
    report(name, "status=%d", status);
}

static char* report_argument(const char* what) {
    static char argument[128];
    snprintf(argument, sizeof argument, "--report=%s", what);
    return argument;
}

static void plainly(const char* what) {
    execl(self, "execs", report_argument(what), "a", "b", NULL);
}
static void without_environment(const char* what) {
    execve(self, (char*[]){"execs", report_argument(what), NULL}, (char*[]){NULL});
}
static void without_arguments(const char* what) {
    (void)what;
    // Linux puts an empty string there since 5.18.
    execve(self, (char*[]){NULL}, (char*[]){"EMPTY=1", NULL});
}
static void with_many_arguments(const char* what) {
    enum { MANY = 2000 };
    static char *arguments[MANY + 3], text[500];
    memset(text, 'x', sizeof text - 1);
    arguments[0] = "execs";
    arguments[1] = report_argument(what);
    for (int i = 0; i < MANY; i++) arguments[2 + i] = text;
    execv(self, arguments);
}
static void with_signals_blocked(const char* what) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    raise(SIGUSR1);
    execl(self, "execs", report_argument(what), NULL);
}

static void write_script(const char* path, const char* interpreter) {
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    dprintf(fd, "#!%s\n", interpreter);
    close(fd);
}

static void script_chain(const char* what) {
    int length = atoi(what + strlen("chain."));
    char interpreter[4300], path[300];
    snprintf(interpreter, sizeof interpreter, "%s %s", self, report_argument(what));
    for (int i = 0; i < length; i++) {
        snprintf(path, sizeof path, "%s/script-%s-%d", directory, what, i);
        write_script(path, interpreter);
        snprintf(interpreter, sizeof interpreter, "%s", path);
    }
    execl(path, path, "argument", NULL);
}

static const char* thread_what;
static void* exec_in_thread(void* unused) {
    (void)unused;
    struct timespec time = timespec_of(5 * MS);
    nanosleep(&time, NULL);
    plainly(thread_what);
    return NULL;
}
static void* wait_in_thread(void* unused) {
    for (int i = 0; i < 100; i++) {
        struct timespec time = timespec_of(SEC);
        nanosleep(&time, NULL);
    }
    return unused;
}
// The thread takes over the leader's place; all other threads, waiting ones too, are gone.
static void by_a_thread(const char* what) {
    thread_what = what;
    pthread_t threads[4];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, wait_in_thread, NULL);
    pthread_create(&threads[3], NULL, exec_in_thread, NULL);
    for (;;) {
        struct timespec time = timespec_of(SEC);
        nanosleep(&time, NULL);
    }
}

static void from_descriptor(const char* what) {
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", (char*[]){"execs", report_argument(what), NULL}, environ, 0x1000);
}
static void from_directory(const char* what) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "in-path", (char*[]){"execs", report_argument(what), NULL}, environ, 0);
}
static void from_memory(const char* what) {
    int memory = (int)syscall(SYS_memfd_create, "program", MFD_CLOEXEC), file = open(self, O_RDONLY | O_CLOEXEC);
    static char buffer[65536];
    ssize_t got;
    while ((got = read(file, buffer, sizeof buffer)) > 0) must(write(memory, buffer, (size_t)got) == got, "write");
    syscall(SYS_execveat, memory, "", (char*[]){"execs", report_argument(what), NULL}, environ, 0x1000);
}

// ---- Descriptors and limits
// -------------------------------------------------------------------------------------------

static void without_descriptors(const char* what) {
    (void)what;
    syscall(SYS_close_range, 0, ~0u, 0);
    execl(self, "execs", "--quiet=1", NULL);
    _exit(50);
}
static void after_closing_all(const char* what) {
    (void)what;
    for (int fd = 0; fd < 1024; fd++) close(fd);
    struct timespec time = timespec_of(5 * MS);
    nanosleep(&time, NULL);
    execl(self, "execs", "--quiet=1", NULL);
    _exit(50);
}
static void limit_descriptors(rlim_t limit) {
    must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit, limit}) == 0, "setrlimit");
}
static void all_used(const char* what) {
    limit_descriptors(64);
    int made = 0;
    while (dup(0) >= 0) made++;
    report(what, "errno=%d waits=%d", errno, quiet());
    (void)made;
    execl(self, "execs", "--quiet=1", NULL);
    _exit(50);
}
static void all_used_until_exec(const char* what) {
    limit_descriptors(64);
    while (fcntl(0, F_DUPFD_CLOEXEC, 3) >= 0) {
    }
    report(what, "errno=%d waits=%d", errno, quiet());
    execl(self, "execs", report_argument(what), NULL);
}
static void few_allowed(const char* what) {
    limit_descriptors(6);
    execl(self, "execs", report_argument(what), NULL);
}
static void with_little_address_space(const char* what) {
    must(setrlimit(RLIMIT_AS, &(struct rlimit){64 << 20, 64 << 20}) == 0, "setrlimit");
    execl(self, "execs", report_argument(what), NULL);
}
static void with_unlimited_stack(const char* what) {
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_STACK, &limit);
    execl(self, "execs", report_argument(what), NULL);
}
static void not_dumpable(const char* what) {
    prctl(PR_SET_DUMPABLE, 0);
    execl(self, "execs", report_argument(what), NULL);
}

// Only the program, nothing else: no /proc, no /dev, no libraries. Needs a static program and root.
static void in_chroot(const char* what) {
    must(chroot(directory) == 0 && chdir("/") == 0, "chroot");
    struct timespec time = timespec_of(5 * MS);
    TIMED("chroot.sleep", 5 * MS, nanosleep(&time, NULL));
    execl("/in-path", "execs", report_argument(what), NULL);
}

// One program after another in the same process: whatever exec leaves behind would pile up.
static void again_and_again(const char* what) {
    (void)what;
    execl(self, "execs", "--again=60", NULL);
}

int main(int argc, char** argv) {
    const char* what = option(argc, argv, "report");
    must(readlink("/proc/self/exe", self, sizeof self - 1) > 0 || what != NULL, "readlink");
    if (argc == 0 || (argc == 1 && getenv("EMPTY") != NULL)) what = "without_arguments";
    if (what != NULL) {
        report_start(what, argc, argv);
        return 0;
    }
    if (option(argc, argv, "quiet") != NULL) return quiet();
    const char* again = option(argc, argv, "again");
    if (again != NULL) {
        int left = atoi(again);
        char argument[32];
        snprintf(argument, sizeof argument, "--again=%d", left - 1);
        if (left > 0) execl(self, "execs", argument, NULL);
        execl(self, "execs", "--report=again_and_again", NULL);
    }
    make_directory(directory, sizeof directory);
    char copy[300], command[9000];
    snprintf(copy, sizeof copy, "%s/in-path", directory);
    snprintf(command, sizeof command, "cp %s %s", self, copy);
    must(system(command) == 0, "cp");
    guest_begin();
    static const struct {
        const char* name;
        void (*run)(const char*);
    } cases[] = {
        {"plainly", plainly},
        {"without_environment", without_environment},
        {"without_arguments", without_arguments},
        {"with_many_arguments", with_many_arguments},
        {"with_signals_blocked", with_signals_blocked},
        {"chain.1", script_chain},
        {"chain.2", script_chain},
        {"chain.4", script_chain},
        {"chain.7", script_chain},
        {"by_a_thread", by_a_thread},
        {"from_descriptor", from_descriptor},
        {"from_directory", from_directory},
        {"from_memory", from_memory},
        {"without_descriptors", without_descriptors},
        {"after_closing_all", after_closing_all},
        {"all_used", all_used},
        {"all_used_until_exec", all_used_until_exec},
        {"few_allowed", few_allowed},
        {"with_little_address_space", with_little_address_space},
        {"with_unlimited_stack", with_unlimited_stack},
        {"not_dumpable", not_dumpable},
        {"again_and_again", again_and_again},
    };
    for (size_t c = 0; c < LENGTH(cases); c++) {
        // A process that hides from tracers cannot be followed into exec by an ordinary user: a stated limit.
        if (cases[c].run == not_dumpable && geteuid() != 0) continue;
        in_child(cases[c].name, cases[c].run);
    }
    if (option(argc, argv, "chroot") != NULL) in_child("in_chroot", in_chroot);
    snprintf(command, sizeof command, "rm -r %s", directory);
    must(system(command) == 0, "rm");
    return guest_end();
}
