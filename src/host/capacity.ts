import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { HostCapacity } from "../plan/capacity.js";
import { parseMemoryAvailable } from "./proc.js";

/**
 * What the link core carries at least on a core of today (npm run bench:net). A slower host is found out by the run's own
 * lateness.
 */
const PACKETS_PER_SECOND = 120_000;

/** What this host has to give to guests, now. */
export function hostCapacity(): HostCapacity {
  return {
    cores: availableParallelism(),
    memoryBytes: parseMemoryAvailable(readFileSync("/proc/meminfo", "utf8")),
    openFiles: openFileLimit(readFileSync("/proc/self/limits", "utf8")),
    packetsPerSecond: PACKETS_PER_SECOND,
  };
}

// Node has raised its soft limit to the hard one.
function openFileLimit(limits: string): number {
  const found = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return found === undefined || found === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(found);
}
