import { readFileSync } from "node:fs";

/** A process that cannot be confused with a later one of the same pid. */
export interface Owner {
  readonly pid: number;
  /** When it was started, in the kernel's ticks since boot. */
  readonly startTicks: number;
}

/** undefined if there is no such process. */
export function ownerOf(pid: number): Owner | undefined {
  try {
    // "PID (NAME) STATE PPID ...", field 22 is the start time; a name may hold anything, parentheses too.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const dead = fields[0] === "Z" || fields[0] === "X";
    return dead ? undefined : { pid, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

export function isAlive(owner: Owner): boolean {
  return ownerOf(owner.pid)?.startTicks === owner.startTicks;
}
