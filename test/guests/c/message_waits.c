// rt_sigtimedwait, semtimedop, mq_timedsend, mq_timedreceive, recvmmsg.
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "guest.h"

// ---- Signals ------------------------------------------------------------------------------------------------------

static pthread_t main_thread;
static void send_usr2(void* number) {
    pthread_kill(main_thread, (int)(intptr_t)number);
}

static void signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGSYS);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct timespec time = timespec_of(14 * MS);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    TIMED("sigtimedwait.timeout", 14 * MS, sigtimedwait(&set, &info, &time));
    TIMED("sigtimedwait.timeout_raw", 14 * MS, syscall(SYS_rt_sigtimedwait, &set, NULL, &time, 8));
    time = timespec_of(0);
    TIMED("sigtimedwait.zero", 0, sigtimedwait(&set, &info, &time));
    time = timespec_of(40 * MS);
    struct later sender;
    int64_t start = now_ns();
    later(&sender, 8 * MS, send_usr2, (void*)(intptr_t)SIGUSR2);
    TIMED_FROM(start, "sigtimedwait.in_time", 8 * MS, sigtimedwait(&set, &info, &time));
    later_join(&sender);
    report("sigtimedwait.info", "signo=%d code=%d own=%d", info.si_signo, info.si_code, info.si_pid == getpid());
    start = now_ns();
    later(&sender, 8 * MS, send_usr2, (void*)(intptr_t)SIGUSR2);
    TIMED_FROM(start, "sigwaitinfo", 8 * MS, sigwaitinfo(&set, &info));
    later_join(&sender);
    pthread_kill(main_thread, SIGUSR2);
    time = timespec_of(0);
    TIMED("sigtimedwait.pending", 0, sigtimedwait(&set, &info, &time));
    // A SIGSYS that somebody sends can be waited for like any other.
    start = now_ns();
    later(&sender, 8 * MS, send_usr2, (void*)(intptr_t)SIGSYS);
    time = timespec_of(40 * MS);
    TIMED_FROM(start, "sigtimedwait.sigsys", 8 * MS, sigtimedwait(&set, &info, &time));
    later_join(&sender);
    // Another signal's handler ends the wait.
    handle(SIGALRM, SA_RESTART);
    start = now_ns();
    alarm_after(6 * MS);
    TIMED_FROM(start, "sigtimedwait.signal", 6 * MS,
               syscall(SYS_rt_sigtimedwait, &set, &info, &time, 8));  // musl restarts it
    TIMED("sigtimedwait.size", 0, syscall(SYS_rt_sigtimedwait, &set, NULL, &time, 4));
    TIMED("sigtimedwait.set_pointer", 0, syscall(SYS_rt_sigtimedwait, (void*)8, NULL, &time, 8));
    pthread_kill(main_thread, SIGUSR2);
    TIMED("sigtimedwait.info_pointer", 0, syscall(SYS_rt_sigtimedwait, &set, (void*)8, &time, 8));
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// ---- System V semaphores ------------------------------------------------------------------------------------------

static int semaphores;
static void raise_semaphore(void* unused) {
    (void)unused;
    struct sembuf operation = {0, 1, 0};
    semop(semaphores, &operation, 1);
}

static void system_v(void) {
    semaphores = semget(IPC_PRIVATE, 2, 0600);
    must(semaphores >= 0, "semget");
    struct sembuf take = {0, -1, 0};
    struct timespec time = timespec_of(14 * MS);
    TIMED("semtimedop.timeout", 14 * MS, semtimedop(semaphores, &take, 1, &time));
    time = timespec_of(0);
    TIMED("semtimedop.zero", 0, semtimedop(semaphores, &take, 1, &time));
    struct later raiser;
    time = timespec_of(40 * MS);
    int64_t start = now_ns();
    later(&raiser, 8 * MS, raise_semaphore, NULL);
    TIMED_FROM(start, "semtimedop.in_time", 8 * MS, semtimedop(semaphores, &take, 1, &time));
    later_join(&raiser);
    start = now_ns();
    later(&raiser, 8 * MS, raise_semaphore, NULL);
    TIMED_FROM(start, "semtimedop.unbounded", 8 * MS, semtimedop(semaphores, &take, 1, NULL));
    later_join(&raiser);
    handle(SIGALRM, SA_RESTART);
    start = now_ns();
    alarm_after(6 * MS);
    TIMED_FROM(start, "semtimedop.signal", 6 * MS, semtimedop(semaphores, &take, 1, &time));
    struct sembuf no_wait = {0, -1, IPC_NOWAIT};
    TIMED("semtimedop.no_wait", 0, semtimedop(semaphores, &no_wait, 1, &time));
    TIMED("semtimedop.none", 0, semtimedop(semaphores, &take, 0, &time));
    TIMED("semtimedop.unknown", 0, semtimedop(-1, &take, 1, &time));
    TIMED("semtimedop.operation_pointer", 0, syscall(SYS_semtimedop, semaphores, (void*)8, 1, &time));
    semctl(semaphores, 0, IPC_RMID);
}

// ---- POSIX message queues -----------------------------------------------------------------------------------------

static mqd_t queue;
static void send_message(void* unused) {
    (void)unused;
    mq_send(queue, "m", 1, 0);
}
static void take_message(void* unused) {
    (void)unused;
    char buffer[16];
    mq_receive(queue, buffer, sizeof buffer, NULL);
}

static struct timespec wall(int64_t ns) {
    return timespec_of(clock_ns(CLOCK_REALTIME) + ns);
}

static void queues(void) {
    char path[64], buffer[16];
    snprintf(path, sizeof path, "/diecast-test-%d", getpid());
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 16};
    queue = mq_open(path, O_CREAT | O_RDWR, 0600, &attributes);
    must(queue != (mqd_t)-1, "mq_open");
    mq_unlink(path);
    struct timespec time = wall(14 * MS);
    TIMED("mq_timedreceive.timeout", 14 * MS, mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    time = wall(-5 * MS);
    TIMED("mq_timedreceive.past", 0, mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    time = (struct timespec){-1, 0};
    TIMED("mq_timedreceive.negative", 0, mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    struct later other;
    int64_t start = now_ns();
    later(&other, 8 * MS, send_message, NULL);
    time = wall(40 * MS);
    TIMED_FROM(start, "mq_timedreceive.in_time", 8 * MS, mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    later_join(&other);
    handle(SIGALRM, 0);
    start = now_ns();
    alarm_after(6 * MS);
    TIMED_FROM(start, "mq_timedreceive.signal", 6 * MS, mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    handle(SIGALRM, SA_RESTART);
    start = now_ns();
    alarm_after(6 * MS);
    time = wall(14 * MS);
    TIMED_FROM(start, "mq_timedreceive.signal_restart", 14 * MS,
               mq_timedreceive(queue, buffer, sizeof buffer, NULL, &time));
    start = now_ns();
    later(&other, 8 * MS, send_message, NULL);
    TIMED_FROM(start, "mq_receive", 8 * MS, mq_receive(queue, buffer, sizeof buffer, NULL));
    later_join(&other);
    mq_send(queue, "full", 4, 0);
    time = wall(14 * MS);
    TIMED("mq_timedsend.timeout", 14 * MS, mq_timedsend(queue, "x", 1, 0, &time));
    start = now_ns();
    later(&other, 8 * MS, take_message, NULL);
    time = wall(40 * MS);
    TIMED_FROM(start, "mq_timedsend.in_time", 8 * MS, mq_timedsend(queue, "x", 1, 0, &time));
    later_join(&other);
    time = wall(5 * MS);
    TIMED("mq_timedsend.too_long", 0, mq_timedsend(queue, "0123456789abcdefgh", 18, 0, &time));
    TIMED("mq_timedreceive.too_small", 0, mq_timedreceive(queue, buffer, 4, NULL, &time));
    TIMED("mq_timedreceive.not_open", 0, mq_timedreceive(999, buffer, 16, NULL, &time));
    // A message that is there needs no valid time.
    time = (struct timespec){0, 2000000000};
    TIMED("mq_timedreceive.invalid_but_there", 0, mq_timedreceive(queue, buffer, 16, NULL, &time));
    mq_close(queue);
}

// ---- Many messages at once ----------------------------------------------------------------------------------------

static int sockets[2];
static void send_datagram(void* unused) {
    (void)unused;
    must(send(sockets[1], "x", 1, 0) == 1, "send");
}

static void datagrams(void) {
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) == 0, "socketpair");
    static char bytes[4][16];
    struct iovec vectors[4];
    struct mmsghdr messages[4];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) {
        vectors[i] = (struct iovec){bytes[i], 16};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    // The timeout is looked at after each message, and what is left of it is written back.
    struct later senders[3];
    struct timespec time = timespec_of(14 * MS);
    int64_t start = now_ns();
    for (int i = 0; i < 3; i++) later(&senders[i], (6 + 12 * i) * MS, send_datagram, NULL);
    TIMED_FROM(start, "recvmmsg.until_late", 18 * MS, syscall(SYS_recvmmsg, sockets[0], messages, 4, 0, &time));
    report("recvmmsg.until_late.left", "value=%lld", (long long)ns_of(time));
    for (int i = 0; i < 3; i++) later_join(&senders[i]);
    recv(sockets[0], bytes[0], 16, MSG_DONTWAIT);
    time = timespec_of(40 * MS);
    start = now_ns();
    for (int i = 0; i < 2; i++) later(&senders[i], (5 + 5 * i) * MS, send_datagram, NULL);
    int64_t call_start = now_ns();
    TIMED_FROM(start, "recvmmsg.filled", 10 * MS, syscall(SYS_recvmmsg, sockets[0], messages, 2, 0, &time));
    report("recvmmsg.filled.left", "perceived_ns=%lld expected_ns=%lld",
           (long long)(now_ns() - call_start + ns_of(time)), 40 * MS);
    for (int i = 0; i < 2; i++) later_join(&senders[i]);
    time = timespec_of(40 * MS);
    send_datagram(NULL);
    TIMED("recvmmsg.wait_for_one", 0, syscall(SYS_recvmmsg, sockets[0], messages, 4, MSG_WAITFORONE, &time));
    time = timespec_of(40 * MS);
    TIMED("recvmmsg.none", 0, syscall(SYS_recvmmsg, sockets[0], messages, 4, MSG_DONTWAIT, &time));
    TIMED("recvmmsg.libc_none", 0, recvmmsg(sockets[0], messages, 4, MSG_DONTWAIT, &time));
    struct timeval limit = timeval_of(20 * MS);
    setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    errno = 0;
    time = timespec_of(100 * MS);
    start = now_ns();
    long ret = syscall(SYS_recvmmsg, sockets[0], messages, 4, 0, &time);
    report("recvmmsg.socket_timeout", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%ld errno=%d",
           (long long)(now_ns() - start), 20 * MS, 10 * MS, ret, ret < 0 ? errno : 0);
    close(sockets[0]);
    close(sockets[1]);
}

int main(void) {
    main_thread = pthread_self();
    guest_begin();
    signals();
    system_v();
    queues();
    datagrams();
    return guest_end();
}
