import { readdirSync } from "node:fs";
import { join } from "node:path";
import { removeStaleCaps } from "../cgroup/cap.js";
import { findHierarchy } from "../cgroup/hierarchy.js";
import { IDLE_PREFIX, places, RUN_PREFIX, removeGroupTree } from "../cgroup/run_groups.js";
import { hasDeadSettings, restoreDeadSettings } from "./dead_settings.js";
import { exclusively } from "./exclusively.js";
import { lowerNeighbourLimits } from "./neighbour_limits.js";
import { isAlive } from "./owner.js";
import {
  readRuns,
  recordedIds,
  removeHalfWritten,
  removeRecords,
  runFile,
  runFolder,
  writeRecord,
} from "./records.js";

/** What was removed of dead runs, or, in `left`, could not be: something is still in use. */
export interface Cleaned {
  readonly runs: readonly string[];
  readonly cgroups: readonly string[];
  readonly files: readonly string[];
  readonly left: readonly string[];
}

/**
 * Removes what runs have left whose diecast has died: cgroups and records; puts settings of the host back. Processes, namespaces, mounts and devices are
 * gone by themselves. Never touches what a live run uses.
 */
export function cleanDeadRuns(): Cleaned {
  const known = readRuns();
  const live = new Set(known.filter((run) => isAlive(run.owner)).map((run) => run.id));
  const cleaned = {
    runs: [] as string[],
    cgroups: [] as string[],
    files: removeHalfWritten(),
    left: [] as string[],
  };
  const dead = new Set([...recordedIds()].filter((id) => !live.has(id)));
  if (known.some(hasDeadSettings)) exclusively(restoreDeadSettings);
  const recorded = known.filter((run) => dead.has(run.id)).flatMap((run) => run.cgroups);
  for (const directory of new Set([...recorded, ...unrecordedGroups(live)])) {
    if (!isThere(directory)) continue;
    (removeGroupTree(directory) ? cleaned.cgroups : cleaned.left).push(directory);
  }
  for (const id of dead) {
    // Its record tells where the groups are: the next attempt needs it.
    const run = known.find((one) => one.id === id);
    if (run?.cgroups.some((directory) => cleaned.left.includes(directory))) continue;
    if (run?.neighbourLimits !== undefined) {
      lowerNeighbourLimits(run.neighbourLimits, (neighbourLimits) =>
        // Settings have been put back, and are not to be again.
        writeRecord(runFile(id), { ...run, settings: [], neighbourLimits }),
      );
    }
    removeRecords(id);
    cleaned.runs.push(id);
    cleaned.files.push(runFolder(id));
  }
  for (const parent of capParents()) cleaned.cgroups.push(...removeStaleCaps(parent));
  return cleaned;
}

/** Groups of runs that are on record no more, in the places where this process would make its own. */
function unrecordedGroups(live: ReadonlySet<string>): string[] {
  const left = (directory: string, prefix: string) =>
    list(directory)
      .filter((name) => name.startsWith(prefix) && !live.has(name.slice(prefix.length)))
      .map((name) => join(directory, name));
  return places().flatMap(({ hierarchy: { ownDirectory, mountPoint } }) => [
    ...left(ownDirectory, RUN_PREFIX),
    ...left(mountPoint, IDLE_PREFIX),
  ]);
}

function capParents(): string[] {
  const parent = findHierarchy("cpu")?.ownDirectory;
  return parent === undefined || !isThere(parent) ? [] : [parent];
}

function isThere(directory: string): boolean {
  return list(directory).length > 0;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
