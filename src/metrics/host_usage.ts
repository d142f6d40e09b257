import { readFileSync } from "node:fs";

/** What the host's processors did so far, all together, and how the host stands. Real time. */
export interface HostReading {
  readonly cpuBusyNs: number;
  /** Taken by the hypervisor while there was work to do. */
  readonly cpuStolenNs: number;
  /** Busy, stolen and idle. */
  readonly cpuTotalNs: number;
  /** Mean number of runnable tasks over about a minute. */
  readonly load: number;
  readonly memoryAvailableBytes: number;
  /** Processor time of this process. */
  readonly ownCpuNs: number;
}

// USER_HZ: 100 on every x86-64 kernel (include/asm-generic/param.h), whatever its tick.
const NS_PER_TICK = 1e7;

/**
 * Takes about 0.1 ms.
 * @param fillNs processor time spent on nothing but keeping processors awake: it counts as idle
 */
export function readHost(fillNs = 0): HostReading {
  const own = process.cpuUsage();
  const cpu = parseCpuLine(readFileSync("/proc/stat", "latin1"));
  return {
    ...cpu,
    cpuBusyNs: Math.max(0, cpu.cpuBusyNs - fillNs),
    load: Number(readFileSync("/proc/loadavg", "latin1").split(" ", 1)[0]),
    memoryAvailableBytes: parseMemoryAvailable(readFileSync("/proc/meminfo", "latin1")),
    ownCpuNs: (own.user + own.system) * 1e3,
  };
}

/** Reads the first line of /proc/stat (proc(5)). */
export function parseCpuLine(stat: string): Pick<HostReading, "cpuBusyNs" | "cpuStolenNs" | "cpuTotalNs"> {
  // Guests' time (the last two) is part of user and nice already.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = stat
    .slice(0, Math.max(0, stat.indexOf("\n")))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return {
    cpuBusyNs: busy * NS_PER_TICK,
    cpuStolenNs: steal * NS_PER_TICK,
    cpuTotalNs: (busy + steal + idle + iowait) * NS_PER_TICK,
  };
}

/** Reads MemAvailable from /proc/meminfo. */
export function parseMemoryAvailable(meminfo: string): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}
