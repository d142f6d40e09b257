import { writeFileSync } from "node:fs";
import { readSetting } from "./settings.js";

// Of IPv4 and IPv6: below the first nothing is thrown out, above the second what is not in use, the third is the most. The host's
// first namespace alone has them.
const TABLES = ["/proc/sys/net/ipv4/neigh/default", "/proc/sys/net/ipv6/neigh/default"];
const LIMITS = ["gc_thresh1", "gc_thresh2", "gc_thresh3"];
const PATHS = TABLES.flatMap((table) => LIMITS.map((limit) => `${table}/${limit}`));

/** A limit that a run has raised, or was about to change when this was put on record. */
export interface RaisedLimit {
  readonly path: string;
  readonly by: number;
  /** False: it may be raised or not. It is not if its value still is `found`. */
  readonly isRaised: boolean;
  /** Its value without what the run has added, when this was put on record. */
  readonly found: number;
}

/** Puts on record what there is to take away, should this process die now. */
type Note = (limits: readonly RaisedLimit[]) => void;

/** From how many entries on the kernel throws neighbours out before their time; undefined where it does not say. */
export function neighbourLimit(): number | undefined {
  const value = readSetting(`${TABLES[0]}/gc_thresh2`);
  return value === undefined ? undefined : Number(value);
}

/**
 * Adds to all limits, or to none. Others may do so meanwhile: runs come and go in any order, and each takes away what it has added.
 * @returns why it could not; else undefined
 */
export function raiseNeighbourLimits(
  by: number,
  note: Note,
  paths: readonly string[] = PATHS,
): string | undefined {
  const raised: RaisedLimit[] = [];
  for (const path of paths) {
    const value = readSetting(path);
    // A host may be without IPv6.
    if (value === undefined) continue;
    const limit = { path, by, found: Number(value) };
    note([...raised, { ...limit, isRaised: false }]);
    try {
      writeFileSync(path, `${limit.found + by}`);
    } catch (error) {
      lowerNeighbourLimits(raised, note);
      return (error as Error).message;
    }
    raised.push({ ...limit, isRaised: true });
  }
  note(raised);
  return undefined;
}

/** Takes away what was added, each once, wherever this or what was on record before was broken off. */
export function lowerNeighbourLimits(limits: readonly RaisedLimit[], note: Note): void {
  for (const [i, limit] of limits.entries()) {
    const { path, by, isRaised, found } = limit;
    const value = readSetting(path);
    if (value === undefined || (!isRaised && Number(value) === found)) continue;
    const left = Number(value) - by;
    // What somebody has set to less meanwhile is to stay.
    if (left <= 0) continue;
    note([{ ...limit, isRaised: false, found: left }, ...limits.slice(i + 1)]);
    try {
      writeFileSync(path, `${left}`);
    } catch {
      // Read-only by now: there is nothing to be done about it.
    }
  }
  note([]);
}
