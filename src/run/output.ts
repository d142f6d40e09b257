import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { copyFile, lstat, mkdir } from "node:fs/promises";
import { dirname, posix } from "node:path";
import type { Guest } from "../host/guests/guest.js";
import type { PlannedGuest } from "../plan/plan.js";
import type { Metric } from "../spec/experiment.js";
import type { RunDirectory } from "./directory.js";

/**
 * Where a file of a guest is kept in the run's folder: `files` has what lies in its working directory, `root` all else,
 * from its root. So no name leads out of there, or to the guest's two outputs.
 */
export function keptFile(directory: RunDirectory, plan: PlannedGuest, file: string): string {
  const path = pathIn(plan, file);
  const inside = posix.relative(plan.group.workingDirectory, path);
  const isOutside = inside === ".." || inside.startsWith("../");
  return isOutside
    ? directory.guest(plan.name, "root", `.${path}`)
    : directory.guest(plan.name, "files", inside);
}

/** The absolute path in the guest of a file that the experiment names. */
export function pathIn({ group }: PlannedGuest, file: string): string {
  return posix.resolve(group.workingDirectory, file);
}

/** The files of a guest that metrics are read from, beside its two outputs. */
function metricFiles(plan: PlannedGuest, metrics: readonly Metric[]): string[] {
  const files = metrics.flatMap((metric) =>
    metric.kind === "csv" && metric.groups.includes(plan.group.name) ? [metric.file] : [],
  );
  return [...new Set(files)];
}

/** The sizes of a guest's output files now, by their absolute paths in the guest, or `stdout`, `stderr`. */
export function outputSizes(
  directory: RunDirectory,
  guest: Guest,
  plan: PlannedGuest,
  metrics: readonly Metric[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const stream of ["stdout", "stderr"]) {
    sizes.set(stream, sizeOf(directory.guest(plan.name, `${stream}.log`)));
  }
  for (const file of metricFiles(plan, metrics)) {
    const path = pathIn(plan, file);
    sizes.set(path, sizeOf(guest.path(path)));
  }
  return sizes;
}

/**
 * Copies what is to be kept of a guest into the run's folder. Only plain files: what else a guest may have put there
 * (a fifo, a link out of its root) would hang us or show the host's.
 * @returns what is not there, for a warning
 */
export async function collectFiles(
  directory: RunDirectory,
  guest: Guest,
  plan: PlannedGuest,
  metrics: readonly Metric[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const file of new Set([...plan.group.collect, ...metricFiles(plan, metrics)])) {
    const source = guest.path(pathIn(plan, file));
    const target = keptFile(directory, plan, file);
    const found = await lstat(source).catch(() => undefined);
    if (found?.isFile() !== true) {
      missing.push(file);
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target);
  }
  return missing;
}

function sizeOf(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0; // not written yet
  }
}
