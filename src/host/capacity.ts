import { readFileSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import type { HostCapacity } from "../plan/capacity.js";
import { parseMemoryAvailable } from "./proc.js";

/**
 * What the link core carries at least on a core of today (npm run bench:net). A slower host is found out by the run's own
 * lateness.
 */
const PACKETS_PER_SECOND = 120_000;

/**
 * What this host has to give to guests, now.
 * @param folder the run's, which need not be there yet: the contents of disks lie in its file system
 */
export function hostCapacity(folder: string): HostCapacity {
  return {
    cores: availableParallelism(),
    memoryBytes: parseMemoryAvailable(readFileSync("/proc/meminfo", "utf8")),
    openFiles: openFileLimit(readFileSync("/proc/self/limits", "utf8")),
    diskBytes: freeBytes(resolve(folder)),
    packetsPerSecond: PACKETS_PER_SECOND,
  };
}

// To root, where the file system keeps some for it.
function freeBytes(path: string): number {
  try {
    const { bsize, bfree } = statfsSync(path);
    return bsize * bfree;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && path !== "/") return freeBytes(dirname(path));
    throw error;
  }
}

// Node has raised its soft limit to the hard one.
function openFileLimit(limits: string): number {
  const found = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return found === undefined || found === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(found);
}
