import { writeFileSync } from "node:fs";
import { readSetting } from "./settings.js";

// Of IPv4 and IPv6: below the first nothing is thrown out, above the second what is not in use, the third is the most. The host's
// first namespace alone has them.
const TABLES = ["/proc/sys/net/ipv4/neigh/default", "/proc/sys/net/ipv6/neigh/default"];
const LIMITS = ["gc_thresh1", "gc_thresh2", "gc_thresh3"];

/** From how many entries on the kernel throws neighbours out before their time; undefined where it does not say. */
export function neighbourLimit(): number | undefined {
  const value = readSetting(`${TABLES[0]}/gc_thresh2`);
  return value === undefined ? undefined : Number(value);
}

/**
 * Adds to all limits, or takes away: so runs can come and go in any order, and each leaves what it found.
 * @returns why it could not
 */
export function changeNeighbourLimits(by: number): string | undefined {
  if (by === 0) return undefined;
  for (const path of TABLES.flatMap((table) => LIMITS.map((limit) => `${table}/${limit}`))) {
    const before = readSetting(path);
    // A host may be without IPv6. And what somebody has set to less meanwhile is to stay.
    if (before === undefined || Number(before) + by <= 0) continue;
    try {
      writeFileSync(path, `${Number(before) + by}`);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}
