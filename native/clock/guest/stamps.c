// Packet stamps: SO_TIMESTAMP and its kin put the host's clock into recvmsg's control messages. recvmsg is too hot to
// trap for everyone; a process that asks for stamps gets a second filter on top, which does.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "../socket_options.h"
#include "guest.h"

#define SOL_SOCKET_LEVEL 1
#define SCM_TS_OPT_ID_MAX 3  // stamps in one SCM_TIMESTAMPING

struct k_msghdr {
    uint64_t name;
    uint32_t name_length, pad1;
    uint64_t vector, vector_length;
    uint64_t control, control_length;
    uint32_t flags, pad2;
};
struct k_mmsghdr {
    struct k_msghdr header;
    uint32_t length, pad;
};
struct k_cmsghdr {
    uint64_t length;
    int32_t level, type;
};

long trap_stamps(void) {
    if (state()->stamps_trapped) return 0;
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 8),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_recvmsg, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_recvmmsg, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, DC_CODE_ADDR, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, DC_END, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | DC_TRAP_DATA),
    };
    struct sock_fprog filter = {sizeof program / sizeof program[0], program};
    // All threads at once; refused where one of them has a filter the others lack.
    uint64_t flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long result = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, address_of(&filter));
    // ping and time daemons give up root before they ask for stamps. Without it a filter takes no_new_privs, which
    // costs such a process nothing but setuid programs.
    if (result == -EACCES && sys6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) == 0) {
        result = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, address_of(&filter));
    }
    if (result == 0) state()->stamps_trapped = 1;
    return result;
}

static struct k_timespec shown(struct k_timespec stamp) {
    if (stamp.sec == 0 && stamp.nsec == 0) return stamp;  // not taken
    return to_timespec(wall_stamp_to_virtual(timespec_ns(&stamp)));
}

static void convert_message(const struct k_cmsghdr* message, uint64_t length) {
    struct k_timespec* stamp = (struct k_timespec*)(message + 1);
    uint64_t room = (length - sizeof *message) / sizeof *stamp;
    switch (message->type) {
        case DC_SO_TIMESTAMP_OLD:
        case DC_SO_TIMESTAMP_NEW:
            if (room >= 1) {
                struct k_timespec ts = shown((struct k_timespec){stamp->sec, stamp->nsec * NS_PER_US});
                *stamp = (struct k_timespec){ts.sec, ts.nsec / NS_PER_US};
            }
            break;
        case DC_SO_TIMESTAMPNS_OLD:
        case DC_SO_TIMESTAMPNS_NEW:
        case DC_SO_TIMESTAMPING_OLD:
        case DC_SO_TIMESTAMPING_NEW:
            for (uint64_t i = 0; i < room && i < SCM_TS_OPT_ID_MAX; i++) stamp[i] = shown(stamp[i]);
            break;
        default:
            break;
    }
}

// The kernel has just written these control messages.
static void convert_control(const struct k_msghdr* header) {
    uint64_t at = header->control, end = at + header->control_length;
    while (at != 0 && at + sizeof(struct k_cmsghdr) <= end) {
        const struct k_cmsghdr* message = pointer_to(at);
        if (message->length < sizeof *message || message->length > end - at) break;
        if (message->level == SOL_SOCKET_LEVEL) convert_message(message, message->length);
        at += (message->length + 7) & ~7ul;
    }
}

// recvmsg and recvmmsg.
long on_recvmsg(struct call* c) {
    long result = pass(c);
    if (result < 0) return result;
    if (c->nr == __NR_recvmsg) {
        convert_control(pointer_to(c->arg[1]));
        return result;
    }
    const struct k_mmsghdr* messages = pointer_to(c->arg[1]);
    for (long i = 0; i < result; i++) convert_control(&messages[i].header);
    return result;
}

// SIOCGSTAMP, SIOCGSTAMPNS: the stamp of the last packet received.
long on_stamp_ioctl(struct call* c) {
    long result = pass(c);
    if (result != 0) return result;
    struct k_timespec* stamp = pointer_to(c->arg[2]);
    int in_us = (uint32_t)c->arg[1] == DC_SIOCGSTAMP_OLD || (uint32_t)c->arg[1] == DC_SIOCGSTAMP_NEW;
    struct k_timespec ts = shown((struct k_timespec){stamp->sec, in_us ? stamp->nsec * NS_PER_US : stamp->nsec});
    *stamp = (struct k_timespec){ts.sec, in_us ? ts.nsec / NS_PER_US : ts.nsec};
    return 0;
}
