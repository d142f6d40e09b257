// What can happen to a process in the middle of an exec: another thread execs, it is killed, stopped, continued.
#include "guest.h"

extern char** environ;

static const char* self;

static void exec_self(const char* argument) {
    execve(self, (char*[]){(char*)self, (char*)argument, NULL}, environ);
}

// ---- Eight threads exec at once, every other one first a program that is not there ----

static pthread_barrier_t together;

static void* exec_in_thread(void* number) {
    pthread_barrier_wait(&together);
    if ((intptr_t)number % 2 == 1) execve("/nonexistent", (char*[]){NULL}, environ);
    exec_self("--child=42");
    return NULL;
}

static void threads_exec(int times) {
    int good = 0;
    for (int i = 0; i < times; i++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_barrier_init(&together, NULL, 8);
            for (intptr_t number = 0; number < 8; number++) {
                pthread_t thread;
                must(pthread_create(&thread, NULL, exec_in_thread, (void*)number) == 0, "pthread_create");
            }
            while (true) pause();
        }
        int status = 0;
        good += waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42;
    }
    report("threads_exec", "good=%d of=%d", good, times);
}

// ---- Something happens at a moment that moves through the exec ----

static pid_t begin_sleeper(void) {
    pid_t child = fork();
    if (child == 0) {
        exec_self("--sleep=1");
        _exit(1);
    }
    return child;
}

static void wait_until_somewhere_in_exec(int i) {
    struct timespec time = timespec_of((int64_t)(i * 7919 % 1500) * US);
    syscall(SYS_nanosleep, &time, NULL);
}

// Looks for a change of state for up to 10 s of this process's time.
static int next_status(pid_t child, int options) {
    for (int i = 0; i < 10000; i++) {
        int status = 0;
        if (waitpid(child, &status, options | WNOHANG) == child) return status;
        struct timespec time = timespec_of(MS);
        nanosleep(&time, NULL);
    }
    return -1;
}

static void killed(int signal, const char* name, int times) {
    int good = 0;
    for (int i = 0; i < times; i++) {
        pid_t child = begin_sleeper();
        wait_until_somewhere_in_exec(i);
        kill(child, signal);
        int status = next_status(child, 0);
        good += status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == signal;
    }
    report(name, "good=%d of=%d", good, times);
}

static void stopped(int times) {
    int seen = 0, continued = 0, ended = 0;
    for (int i = 0; i < times; i++) {
        pid_t child = begin_sleeper();
        wait_until_somewhere_in_exec(i);
        kill(child, SIGSTOP);
        int status = next_status(child, WUNTRACED);
        seen += status != -1 && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
        kill(child, SIGCONT);
        status = next_status(child, WCONTINUED);
        continued += status != -1 && WIFCONTINUED(status);
        kill(child, SIGKILL);
        status = next_status(child, 0);
        ended += status != -1 && WIFSIGNALED(status);
    }
    report("stopped_and_continued", "stopped=%d continued=%d ended=%d of=%d", seen, continued, ended, times);
}

int main(int argc, char** argv) {
    const char *code = option(argc, argv, "child"), *sleeps = option(argc, argv, "sleep");
    if (code != NULL) return atoi(code);
    if (sleeps != NULL) {
        sleep(100);
        return 1;
    }
    self = argv[0];
    guest_begin();
    threads_exec(100);
    killed(SIGKILL, "killed", 100);
    killed(SIGTERM, "terminated", 100);
    stopped(100);
    return guest_end();
}
