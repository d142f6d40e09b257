import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Group } from "./run_groups.js";

/** What a guest's groups have counted; times are real. */
export interface GroupUsage {
  readonly cpuRealNs: number;
  /** Real time its processes were held back by the cap, and how often. */
  readonly throttledRealNs: number;
  readonly throttledPeriods: number;
  readonly periods: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  readonly outOfMemoryKills: number;
  readonly processes: number;
  /** Forks refused by the limit on processes. */
  readonly refusedForks: number;
}

/** What a guest had to read again that it had in memory before. */
export interface Refaults {
  /** Pages of files that came back after the kernel had reclaimed them. */
  readonly filePages: number;
  /** How often its memory was full: then it reclaims what it has by itself. */
  readonly limitHits: number;
}

/** Reads the counters of one guest. After the groups are gone it keeps what it read last. */
export class UsageReader {
  readonly #directories = new Map<string, { version: 1 | 2; directory: string }>();
  #last: GroupUsage = {
    cpuRealNs: 0,
    throttledRealNs: 0,
    throttledPeriods: 0,
    periods: 0,
    memoryBytes: 0,
    memoryPeakBytes: 0,
    outOfMemoryKills: 0,
    processes: 0,
    refusedForks: 0,
  };

  constructor(groups: readonly Group[]) {
    for (const group of groups) {
      for (const controller of group.controllers) this.#directories.set(controller, group);
    }
  }

  read(): GroupUsage {
    try {
      this.#last = { ...this.#last, ...this.#processor(), ...this.#memory(), ...this.#processes() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    return this.#last;
  }

  /** Not with the rest: the kernel sums up statistics of memory when they are read, which takes longer. Undefined where it has none. */
  refaults(): Refaults | undefined {
    const memory = this.#directories.get("memory");
    if (memory === undefined) return undefined;
    const { directory, version } = memory;
    try {
      // Linux 5.9 and later.
      const filePages = keyed(join(directory, "memory.stat")).get("workingset_refault_file");
      if (filePages === undefined) return undefined;
      const limitHits =
        version === 1
          ? single(join(directory, "memory.failcnt"))
          : (keyed(join(directory, "memory.events")).get("max") ?? 0);
      return { filePages, limitHits };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return undefined;
    }
  }

  /**
   * Processor time so far on each of the host's processors, by number, in ns. Undefined where the kernel does not tell: of version 2
   * only the sum.
   */
  ofProcessors(): number[] | undefined {
    const accounting = this.#directories.get("cpuacct");
    if (accounting === undefined) return undefined;
    try {
      // Of hundreds of processors it is longer than the buffer below.
      const listed = readFileSync(join(accounting.directory, "cpuacct.usage_percpu"), "latin1");
      return listed.trim().split(/\s+/).map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return undefined;
    }
  }

  #processor(): Partial<GroupUsage> {
    const cpu = this.#directories.get("cpu");
    const accounting = this.#directories.get("cpuacct");
    if (cpu === undefined) return {};
    const stat = keyed(join(cpu.directory, "cpu.stat"));
    const periods = { periods: stat.get("nr_periods") ?? 0, throttledPeriods: stat.get("nr_throttled") ?? 0 };
    if (cpu.version === 2) {
      return {
        ...periods,
        cpuRealNs: 1000 * (stat.get("usage_usec") ?? 0),
        throttledRealNs: 1000 * (stat.get("throttled_usec") ?? 0),
      };
    }
    const used =
      accounting === undefined ? {} : { cpuRealNs: single(join(accounting.directory, "cpuacct.usage")) };
    return { ...periods, ...used, throttledRealNs: stat.get("throttled_time") ?? 0 };
  }

  #memory(): Partial<GroupUsage> {
    const memory = this.#directories.get("memory");
    if (memory === undefined) return {};
    const { directory, version } = memory;
    const v1 = version === 1;
    const memoryBytes = single(join(directory, v1 ? "memory.usage_in_bytes" : "memory.current"));
    const events = keyed(join(directory, v1 ? "memory.oom_control" : "memory.events"));
    return {
      memoryBytes,
      memoryPeakBytes: v1
        ? single(join(directory, "memory.max_usage_in_bytes"))
        : this.#peak(directory, memoryBytes),
      outOfMemoryKills: events.get("oom_kill") ?? 0,
    };
  }

  // memory.peak came with Linux 5.19; before, the largest of what was read has to do.
  #peak(directory: string, memoryBytes: number): number {
    try {
      return single(join(directory, "memory.peak"));
    } catch {
      return Math.max(this.#last.memoryPeakBytes, memoryBytes);
    }
  }

  #processes(): Partial<GroupUsage> {
    const pids = this.#directories.get("pids");
    if (pids === undefined) return {};
    return {
      processes: single(join(pids.directory, "pids.current")),
      refusedForks: keyed(join(pids.directory, "pids.events")).get("max") ?? 0,
    };
  }
}

// All guests are read at each sample, one after the other: one buffer, and no promise for each of a thousand files.
const buffer = Buffer.alloc(4096);

function text(path: string): string {
  const fd = openSync(path, "r");
  try {
    return buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function single(path: string): number {
  return Number(text(path));
}

/** Lines of "name number". */
function keyed(path: string): Map<string, number> {
  return new Map(
    text(path)
      .trimEnd()
      .split("\n")
      .map((line): [string, number] => {
        const [name = "", value = ""] = line.split(" ");
        return [name, Number(value)];
      }),
  );
}
