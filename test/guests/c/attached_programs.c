// Prints how many sock_ops programs are attached to a cgroup of version 2.
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char** argument) {
    if (count != 2) return 2;
    int group = open(argument[1], O_RDONLY | O_DIRECTORY);
    if (group < 0) {
        perror(argument[1]);
        return 1;
    }
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.query.target_fd = (unsigned)group;
    attributes.query.attach_type = BPF_CGROUP_SOCK_OPS;
    if (syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof attributes) != 0) {
        perror("BPF_PROG_QUERY");
        return 1;
    }
    printf("%u\n", attributes.query.prog_cnt);
    return 0;
}
