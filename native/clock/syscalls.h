// System call numbers, with those that older kernel headers lack.
#ifndef DIECAST_CLOCK_SYSCALLS_H
#define DIECAST_CLOCK_SYSCALLS_H

#include <asm/unistd.h>

#ifndef __NR_futex_waitv
#define __NR_futex_waitv 449  // Linux 5.16
#endif
#ifndef __NR_futex_wait
#define __NR_futex_wait 455  // Linux 6.7
#endif

#endif
