import { readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DieCastError } from "../errors.js";

/** As proc(5) counts a process's memory in statm: what getconf PAGESIZE says on the one architecture that guests run on. */
const PAGE_BYTES = 4096;
/**
 * The kernel goes through all of a process's memory, 15 µs for each MiB, and meanwhile the process cannot have more of it, or less. A group with more than
 * this is left alone.
 */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * The pages that a group's processes have touched since it began: those that a processor has noted as accessed. One that it still had the translation of may
 * be missing, and one that several processes touch counts for each. One watch at a time for each group.
 */
export interface TouchedPages {
  /**
   * Undefined if a process has ended meanwhile: what it touched is not known any more.
   * @throws DieCastError `unsupported` also where there are huge pages: of such a one the kernel knows no more than that something in it was touched
   */
  count(): Promise<number | undefined>;
}

/**
 * Has the kernel forget which pages a group's processes (not those of groups below it) have touched (proc(5): clear_refs).
 * @returns undefined where nothing runs
 * @throws DieCastError `unsupported` with the kernel's answer, or where they have too much memory
 */
export async function watchPages(group: string): Promise<TouchedPages | undefined> {
  const before = await processesOf(group);
  await refuseTooMuch(before);
  for (const pid of before) await ofLiving(writeFile(clearRefs(pid), FORGET, AS_IT_IS));
  if (before.length === 0) return undefined;
  return {
    count: async () => {
      // What was started since has touched all that it is noted to have.
      const now = await processesOf(group);
      return before.every((pid) => now.includes(pid)) ? touched(now) : undefined;
    },
  };
}

/**
 * Tries it with this process.
 * @throws DieCastError `unsupported` with the kernel's answer
 */
export function tryToWatchPages(): void {
  try {
    writeFileSync(clearRefs("self"), FORGET, AS_IT_IS);
    readFileSync(smapsRollup("self"));
  } catch (cause) {
    throw unsupported(cause as Error);
  }
}

/** Whether programs get huge pages without asking for them: then it can be told of few. */
export function hugePagesAreUsual(): boolean {
  try {
    return readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "latin1").includes("[always]");
  } catch {
    return false;
  }
}

const FORGET = "1";
/** Not made anew, nor emptied first. */
const AS_IT_IS = { flag: "r+" };
const clearRefs = (pid: string) => `/proc/${pid}/clear_refs`;
const smapsRollup = (pid: string) => `/proc/${pid}/smaps_rollup`;

async function processesOf(group: string): Promise<string[]> {
  try {
    return (await readFile(join(group, "cgroup.procs"), "latin1")).split("\n").filter(Boolean);
  } catch (cause) {
    throw unsupported(cause as Error);
  }
}

async function refuseTooMuch(pids: readonly string[]): Promise<void> {
  let bytes = 0;
  for (const pid of pids) bytes += (await ofLiving(residentBytes(pid))) ?? 0;
  if (bytes <= MOST_BYTES) return;
  const [has, most] = [bytes, MOST_BYTES].map((some) => Math.round(some / 2 ** 20));
  throw new DieCastError(
    "unsupported",
    `going through ${has} MiB of memory would be felt, ${most} are allowed`,
  );
}

async function residentBytes(pid: string): Promise<number> {
  return Number((await readFile(`/proc/${pid}/statm`, "latin1")).split(" ")[1]) * PAGE_BYTES;
}

async function touched(pids: readonly string[]): Promise<number | undefined> {
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = await ofLiving(readFile(smapsRollup(pid), "latin1"));
    if (rollup === undefined) return undefined;
    const huge = HUGE.find((kind) => kilobytesOf(rollup, kind) > 0);
    if (huge !== undefined) throw new DieCastError("unsupported", `a process has huge pages (${huge})`);
    kilobytes += kilobytesOf(rollup, "Referenced");
  }
  return (kilobytes * 1024) / PAGE_BYTES;
}

const HUGE = ["AnonHugePages", "ShmemPmdMapped", "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb"];

function kilobytesOf(rollup: string, what: string): number {
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1] ?? 0);
}

/** Undefined if the process has ended meanwhile, or is about to: it has no memory any more. */
async function ofLiving<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (["ENOENT", "ESRCH"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw unsupported(cause as Error);
  }
}

function unsupported(cause: Error): DieCastError {
  const remedy = "run as root on a kernel with CONFIG_PROC_PAGE_MONITOR";
  return new DieCastError("unsupported", cause.message, { remedy, cause });
}
