import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../../errors.js";
import type { CpuBandwidth } from "../../scale/cpu.js";
import { limitBandwidth } from "./bandwidth.js";
import { findHierarchy } from "./hierarchy.js";
import { fillGroup, makeGroup } from "./place.js";

/**
 * A limit on the processor time of a process tree. Today it is a cgroup with CFS bandwidth control; finer pacing may
 * take its place, so callers see no more than this.
 */
export interface CpuCap {
  /** The cgroup directories that the tree's first process joins (by cgroup.procs). */
  readonly directories: readonly string[];
  /** Removes the groups, which must be empty by then. */
  remove(): void;
}

const PREFIX = "diecast-";

let created = 0;

/**
 * Makes a group with the given limit below this process's own cgroup, or, on version 2, below the nearest ancestor
 * that may hand out the cpu controller. Removes groups of earlier runs that were killed.
 * @throws DieCastError `unsupported` or `permission`
 */
export function createCpuCap(bandwidth: CpuBandwidth, hierarchy = findHierarchy("cpu")): CpuCap {
  if (hierarchy === undefined) {
    throw new DieCastError("unsupported", "no cgroup hierarchy with the cpu controller is mounted", {
      remedy: "mount one: mount -t cgroup2 none /sys/fs/cgroup",
    });
  }
  created += 1;
  const name = `${PREFIX}${process.pid}-${created}`;
  const directory = makeGroup(hierarchy, name, ["cpu"], "a limit on processor time", (parent) => {
    removeStaleCaps(parent);
  });
  fillGroup(directory, () => limitBandwidth(directory, hierarchy.version, bandwidth));
  return { directories: [directory], remove: () => rmdirSync(directory) };
}

/**
 * Removes the groups of caps that a diecast killed with SIGKILL left behind. The kernel refuses for those still in use.
 * @returns what was removed
 */
export function removeStaleCaps(parent: string): string[] {
  return readdirSync(parent).flatMap((name) => {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) return [];
    try {
      rmdirSync(join(parent, name));
      return [join(parent, name)];
    } catch {
      return []; // In use, or another process was quicker.
    }
  });
}
