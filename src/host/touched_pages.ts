import { readFileSync, statSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DieCastError } from "../errors.js";

const PAGE_BYTES = 4096;
/**
 * The kernel goes through all of a process's memory, 15 µs for each MiB, and meanwhile the process cannot have more of it, or less. Of groups with more than
 * this nothing is told.
 */
const MOST_BYTES = 512 * 2 ** 20;

/** The pages that a group's processes have touched since it began. One at a time for each group. */
export interface TouchedPages {
  /** Undefined where it cannot be told: of a huge page the kernel knows no more than that something in it was touched. */
  count(): Promise<number | undefined>;
}

/**
 * Has the kernel forget which pages a group's processes (not those of groups below it) have touched: processors note that in page tables (proc(5): clear_refs).
 * @returns undefined where nothing runs, or has too much memory
 * @throws DieCastError `unsupported` with the kernel's answer
 */
export async function watchPages(group: string): Promise<TouchedPages | undefined> {
  const pids = (await readFile(join(group, "cgroup.procs"), "latin1")).split("\n").filter(Boolean);
  const resident = await Promise.all(pids.map((pid) => ofLiving(pid, residentBytes(pid))));
  if (resident.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0) > MOST_BYTES) return undefined;
  const watched = await Promise.all(pids.map((pid) => ofLiving(pid, forget(pid))));
  return watched.some(Boolean) ? { count: () => touched(pids) } : undefined;
}

/**
 * Tries it with this process.
 * @throws DieCastError `unsupported` with the kernel's answer
 */
export function tryToWatchPages(): void {
  try {
    writeFileSync(clearRefs("self"), "1", { flag: "r+" });
    readFileSync(smapsRollup("self"));
  } catch (cause) {
    throw unsupported(cause as Error);
  }
}

const clearRefs = (pid: string) => `/proc/${pid}/clear_refs`;
const smapsRollup = (pid: string) => `/proc/${pid}/smaps_rollup`;

async function residentBytes(pid: string): Promise<number> {
  return Number((await readFile(`/proc/${pid}/statm`, "latin1")).split(" ")[1]) * PAGE_BYTES;
}

async function forget(pid: string): Promise<true> {
  // Opened as it is, not made anew.
  await writeFile(clearRefs(pid), "1", { flag: "r+" });
  return true;
}

async function touched(pids: readonly string[]): Promise<number | undefined> {
  let bytes = 0;
  for (const pid of pids) {
    const rollup = await ofLiving(pid, readFile(smapsRollup(pid), "latin1"));
    if (rollup === undefined) continue;
    if (bytesIn(rollup, "AnonHugePages") > 0) return undefined;
    bytes += bytesIn(rollup, "Referenced");
  }
  return bytes / PAGE_BYTES;
}

function bytesIn(rollup: string, what: string): number {
  return 1024 * Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1] ?? 0);
}

/** Undefined if the process has ended meanwhile. */
async function ofLiving<T>(pid: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    // ESRCH: it has no memory any more.
    const isGone = (cause as NodeJS.ErrnoException).code === "ESRCH";
    if (isGone || statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined) return undefined;
    throw unsupported(cause as Error);
  }
}

function unsupported(cause: Error): DieCastError {
  const remedy = "run as root on a kernel with CONFIG_PROC_PAGE_MONITOR";
  return new DieCastError("unsupported", cause.message, { remedy, cause });
}
