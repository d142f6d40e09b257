/*
 * What several readers of /proc have in common (proc(5)).
 */

/** The unit of processor times in /proc. USER_HZ: 100 on x86-64 (include/asm-generic/param.h), whatever the kernel's tick. */
export const NS_PER_TICK = 1e7;

/** What can be had without swapping, from the text of /proc/meminfo; 0 where it does not say. */
export function parseMemoryAvailable(meminfo: string): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}
