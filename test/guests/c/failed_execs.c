// Attempts to exec that fail, one after another and along a long PATH: each with its errno, and the process goes on as
// before.
#include "guest.h"

#ifndef SYS_execveat
#define SYS_execveat 322
#endif

extern char** environ;
static char self[4096], directory[200];
static char name[160];

static void write_script(const char* path, const char* interpreter) {
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    dprintf(fd, "#!%s\n", interpreter);
    close(fd);
}

static void failing(void) {
    char path[300], script[300], missing_interpreter[300], text[300], open_for_writing[300];
    snprintf(text, sizeof text, "%s/text", directory);
    snprintf(script, sizeof script, "%s/no-interpreter", directory);
    snprintf(missing_interpreter, sizeof missing_interpreter, "%s/missing-interpreter", directory);
    snprintf(open_for_writing, sizeof open_for_writing, "%s/busy", directory);
    snprintf(path, sizeof path, "%s/loop", directory);
    int fd = open(text, O_CREAT | O_WRONLY, 0755);
    must(fd >= 0 && write(fd, "just text\n", 10) == 10, "write");
    close(fd);
    fd = open(script, O_CREAT | O_WRONLY, 0755);
    must(fd >= 0 && write(fd, "#!\n", 3) == 3, "write");
    close(fd);
    write_script(missing_interpreter, "/nonexistent/interpreter");
    must(symlink(path, path) == 0, "symlink");
    char command[9000];
    snprintf(command, sizeof command, "cp %s %s", self, open_for_writing);
    must(system(command) == 0, "cp");
    int busy = open(open_for_writing, O_RDWR);
    char too_long[5000];
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = 0;
    static char big[200000];
    memset(big, 'x', sizeof big - 1);
    const struct {
        const char* name;
        const char* path;
        char* const* argv;
        char* const* envp;
    } cases[] = {
        {"missing", "/nonexistent/program", NULL, NULL},
        {"empty", "", NULL, NULL},
        {"directory", "/tmp", NULL, NULL},
        {"not_executable", "/etc/passwd", NULL, NULL},
        {"not_a_directory", "/etc/passwd/x", NULL, NULL},
        {"text", text, NULL, NULL},
        {"no_interpreter", script, NULL, NULL},
        {"missing_interpreter", missing_interpreter, NULL, NULL},
        {"loop", path, NULL, NULL},
        {"busy", open_for_writing, NULL, NULL},
        {"too_long", too_long, NULL, NULL},
        {"path_pointer", (char*)8, NULL, NULL},
        {"argument_pointer", self, (char*[]){(char*)8, NULL}, NULL},
        {"arguments_pointer", self, (char**)8, NULL},
        {"environment_pointer", self, (char*[]){"x", NULL}, (char**)8},
        {"argument_too_big", self, (char*[]){"x", big, NULL}, NULL},
    };
    for (size_t c = 0; c < LENGTH(cases); c++) {
        static char *none[] = {NULL}, *one[] = {"x", NULL};
        errno = 0;
        long ret = syscall(SYS_execve, cases[c].path, cases[c].argv ? cases[c].argv : one,
                           cases[c].envp ? cases[c].envp : none);
        snprintf(name, sizeof name, "failing.%s", cases[c].name);
        report(name, "ret=%ld errno=%d", ret, errno);
        snprintf(name, sizeof name, "failing.%s.sleep", cases[c].name);
        struct timespec time = timespec_of(2 * MS);
        TIMED(name, 2 * MS, nanosleep(&time, NULL));
    }
    close(busy);
    unlink(open_for_writing);
    errno = 0;
    long ret = syscall(SYS_execveat, -1, "relative", (char*[]){"x", NULL}, environ, 0);
    report("failing.execveat.descriptor", "ret=%ld errno=%d", ret, errno);
    errno = 0;
    ret = syscall(SYS_execveat, AT_FDCWD, self, (char*[]){"x", NULL}, environ, 0x40000000);
    report("failing.execveat.flags", "ret=%ld errno=%d", ret, errno);
    int root = open("/", O_RDONLY | O_DIRECTORY);
    errno = 0;
    ret = syscall(SYS_execveat, root, "nonexistent", (char*[]){"x", NULL}, environ, 0);
    report("failing.execveat.missing", "ret=%ld errno=%d", ret, errno);
    close(root);
}

// A long PATH: every directory of it is tried in vain.
static void along_path(void) {
    static char path[40000];
    int used = 0;
    for (int i = 0; i < 300; i++)
        used += snprintf(path + used, sizeof path - (size_t)used, "/nonexistent/directory-%d:", i);
    snprintf(path + used, sizeof path - (size_t)used, "%s", directory);
    setenv("PATH", path, 1);
    struct timespec time = timespec_of(5 * MS);
    errno = 0;
    int ret = execlp("not-there-either", "x", NULL);
    report("along_path.in_vain", "ret=%d errno=%d", ret, errno);
    TIMED("along_path.sleep", 5 * MS, nanosleep(&time, NULL));
    execlp("in-path", "execs", "--started=1", NULL);
}

int main(int argc, char** argv) {
    if (option(argc, argv, "started") != NULL) {
        struct timespec time = timespec_of(5 * MS);
        TIMED("along_path.started", 5 * MS, nanosleep(&time, NULL));
        return 0;
    }
    must(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "readlink");
    make_directory(directory, sizeof directory);
    char command[9000];
    snprintf(command, sizeof command, "cp %s %s/in-path", self, directory);
    must(system(command) == 0, "cp");
    guest_begin();
    failing();
    pid_t child = fork();
    if (child == 0) {
        along_path();
        _exit(9);
    }
    int status;
    waitpid(child, &status, 0);
    report("along_path.end", "status=%d", status);
    snprintf(command, sizeof command, "rm -r %s", directory);
    must(system(command) == 0, "rm");
    return guest_end();
}
