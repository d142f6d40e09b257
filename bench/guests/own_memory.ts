import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * What a process and all it has started take of the host's memory, but for the guests' programs: the sum of their shares
 * (proc(5): Pss of smaps_rollup), so that pages that many have in common count once.
 * @param program the name of the executable that guests run
 */
export function ownMemoryBytes(pid: number, program: string): number {
  return family(pid)
    .filter((one) => executableOf(one) !== program)
    .reduce((sum, one) => sum + pssBytes(one), 0);
}

function family(ancestor: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [ancestor];
  // The list grows while it is gone through.
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

function executableOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return undefined; // It has just ended.
  }
}

function pssBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
