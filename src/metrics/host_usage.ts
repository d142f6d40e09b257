import { readFileSync } from "node:fs";
import { NS_PER_TICK, parseMemoryAvailable } from "../host/proc.js";

/**
 * What the host's processors did so far, those together that this process may use, and how the host stands. Real time. Others
 * (a cpuset, taskset) are of no use to a run, be they idle or busy.
 */
export interface HostReading {
  /** At work for anybody. */
  readonly cpuBusyNs: number;
  /** Spent on nothing but keeping processors awake (src/host/awake.ts); not busy. */
  readonly fillNs: number;
  /** Taken by the hypervisor while there was work to do. */
  readonly cpuStolenNs: number;
  /** Busy, filled, stolen and idle. */
  readonly cpuTotalNs: number;
  /** Mean number of runnable tasks over about a minute. */
  readonly load: number;
  readonly memoryAvailableBytes: number;
  /** Processor time of this process. */
  readonly ownCpuNs: number;
}

/** Of the processors' time between two readings. */
export interface HostShares {
  readonly busy: number;
  /** Stolen from those that had work to do. */
  readonly stolen: number;
}

/** Takes about 0.1 ms. */
export function readHost(fillNs = 0): HostReading {
  const own = process.cpuUsage();
  const allowed = parseAllowedCpus(readFileSync("/proc/self/status", "latin1"));
  const cpu = parseCpuLines(readFileSync("/proc/stat", "latin1"), allowed);
  return {
    ...cpu,
    cpuBusyNs: Math.max(0, cpu.cpuBusyNs - fillNs),
    fillNs,
    load: Number(readFileSync("/proc/loadavg", "latin1").split(" ", 1)[0]),
    memoryAvailableBytes: parseMemoryAvailable(readFileSync("/proc/meminfo", "latin1")),
    ownCpuNs: (own.user + own.system) * 1e3,
  };
}

/** Processors by number, from "Cpus_allowed_list: 0-2,7" of /proc/PID/status. */
export function parseAllowedCpus(status: string): ReadonlySet<number> {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
  return new Set(
    list.split(",").flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      if (part === "" || first === undefined || last === undefined) return [];
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
  );
}

/** Adds up the lines of some processors in /proc/stat (proc(5)); where it has none of them (lxcfs counts anew): of all. */
export function parseCpuLines(
  stat: string,
  allowed: ReadonlySet<number>,
): Pick<HostReading, "cpuBusyNs" | "cpuStolenNs" | "cpuTotalNs"> {
  const lines = stat.split("\n").filter((line) => line.startsWith("cpu"));
  const own = lines.filter((line) => allowed.has(Number(/^cpu(\d+) /.exec(line)?.[1] ?? Number.NaN)));
  let [busy, stolen, total] = [0, 0, 0];
  for (const line of own.length > 0 ? own : lines.slice(0, 1)) {
    // Guests' time (the last two) is part of user and nice already.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const work = user + nice + system + irq + softirq;
    busy += work;
    stolen += steal;
    total += work + steal + idle + iowait;
  }
  return {
    cpuBusyNs: busy * NS_PER_TICK,
    cpuStolenNs: stolen * NS_PER_TICK,
    cpuTotalNs: total * NS_PER_TICK,
  };
}

/**
 * Undefined if no time passed. The hypervisor steals from what runs, be it work or filling. What it steals from the
 * latter harms nobody, and nobody knows which is which: it is divided as the two share the processors' time.
 */
export function hostShares(begin: HostReading, end: HostReading): HostShares | undefined {
  const totalNs = end.cpuTotalNs - begin.cpuTotalNs;
  if (totalNs <= 0) return undefined;
  // /proc/stat counts ticks, the filling is exact: busy can seem to shrink a little.
  const busyNs = Math.max(0, end.cpuBusyNs - begin.cpuBusyNs);
  const fillNs = end.fillNs - begin.fillNs;
  const working = fillNs > 0 ? busyNs / (busyNs + fillNs) : 1;
  const stolenNs = Math.max(0, end.cpuStolenNs - begin.cpuStolenNs);
  return { busy: busyNs / totalNs, stolen: (stolenNs * working) / totalNs };
}
