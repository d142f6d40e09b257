import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DieCastError } from "../../errors.js";
import type { CpuBandwidth } from "../../scale/cpu.js";
import { findHierarchy, type Hierarchy } from "./hierarchy.js";

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
const REMEDY =
  "run as root, or in a group of your own: systemd-run --user --scope -p Delegate=yes diecast exec ...";

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
  const directory =
    hierarchy.version === 1 ? createV1(hierarchy, name, bandwidth) : createV2(hierarchy, name, bandwidth);
  return { directories: [directory], remove: () => rmdirSync(directory) };
}

function createV1(hierarchy: Hierarchy, name: string, bandwidth: CpuBandwidth): string {
  const parent = hierarchy.ownDirectory;
  const directory = join(parent, name);
  try {
    removeStaleGroups(parent);
    mkdirSync(directory);
  } catch (cause) {
    throw refused(parent, cause);
  }
  try {
    requireFile(join(directory, "cpu.cfs_quota_us"));
    // The period first: the quota must be no larger than the parent's share, which depends on it.
    writeFileSync(join(directory, "cpu.cfs_period_us"), `${bandwidth.periodUs}`);
    writeFileSync(join(directory, "cpu.cfs_quota_us"), `${bandwidth.quotaUs}`);
  } catch (cause) {
    rmdirSync(directory);
    throw cause instanceof DieCastError ? cause : notAccepted(directory, bandwidth, cause);
  }
  return directory;
}

// A group with processes of its own cannot hand controllers to children (cgroups(7), "no internal processes"), so
// the new group is usually a sibling of our own. To move a process there takes the right to write to the common
// ancestor's cgroup.procs, that is, the new group's parent's.
function createV2(hierarchy: Hierarchy, name: string, bandwidth: CpuBandwidth): string {
  let reason: unknown;
  for (const parent of ancestors(hierarchy)) {
    const directory = join(parent, name);
    try {
      offerCpuController(parent);
      accessSync(join(parent, "cgroup.procs"), constants.W_OK);
      removeStaleGroups(parent);
      mkdirSync(directory);
    } catch (cause) {
      reason ??= cause;
      continue;
    }
    try {
      requireFile(join(directory, "cpu.max"));
      writeFileSync(join(directory, "cpu.max"), `${bandwidth.quotaUs} ${bandwidth.periodUs}`);
      return directory;
    } catch (cause) {
      rmdirSync(directory);
      throw cause instanceof DieCastError ? cause : notAccepted(directory, bandwidth, cause);
    }
  }
  throw refused(hierarchy.ownDirectory, reason);
}

function ancestors(hierarchy: Hierarchy): string[] {
  const list = [hierarchy.ownDirectory];
  for (let at = hierarchy.ownDirectory; at !== hierarchy.mountPoint && at !== dirname(at); ) {
    at = dirname(at);
    list.push(at);
  }
  return list;
}

function offerCpuController(directory: string): void {
  const control = join(directory, "cgroup.subtree_control");
  if (readFileSync(control, "utf8").split(/\s+/).includes("cpu")) return;
  const available = readFileSync(join(directory, "cgroup.controllers"), "utf8").split(/\s+/);
  if (!available.includes("cpu")) {
    throw new DieCastError("unsupported", `${directory} does not have the cpu controller`);
  }
  writeFileSync(control, "+cpu");
}

function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw new DieCastError("unsupported", `${path} does not exist`, {
    remedy: "use a kernel built with CONFIG_CFS_BANDWIDTH",
  });
}

/** Removes groups that a diecast killed with SIGKILL left behind. The kernel refuses for those still in use. */
function removeStaleGroups(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(parent, name));
    } catch {
      // In use, or another process was quicker.
    }
  }
}

function refused(directory: string, cause: unknown): DieCastError {
  const message = `cannot make a cgroup with a limit on processor time at ${directory}: ${reasonOf(cause)}`;
  return new DieCastError("permission", message, { remedy: REMEDY, cause });
}

function notAccepted(directory: string, bandwidth: CpuBandwidth, cause: unknown): DieCastError {
  const limit = `${bandwidth.quotaUs} µs in ${bandwidth.periodUs} µs`;
  return new DieCastError(
    "failed",
    `${directory}: the kernel refuses a limit of ${limit}: ${reasonOf(cause)}`,
    {
      remedy: "a parent group may have less; its limit has to be at least this",
      cause,
    },
  );
}

function reasonOf(cause: unknown): string {
  if (cause instanceof DieCastError) return cause.message;
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}
