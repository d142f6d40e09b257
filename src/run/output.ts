import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { copyFile, lstat, mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Guest } from "../host/guests/guest.js";
import type { PlannedGuest } from "../plan/plan.js";
import type { Metric } from "../spec/experiment.js";
import type { RunDirectory } from "./directory.js";

/** Where a guest's files are kept in the run's folder: below its own, absolute paths from its root. */
export function keptFile(directory: RunDirectory, guest: string, file: string): string {
  return directory.guest(guest, isAbsolute(file) ? join(".", file) : file);
}

/** The files of a guest that metrics are read from, beside its two outputs. */
export function metricFiles(plan: PlannedGuest, metrics: readonly Metric[]): string[] {
  const files = metrics.flatMap((metric) =>
    metric.kind === "csv" && metric.guest === plan.group.name ? [metric.file] : [],
  );
  return [...new Set(files)];
}

/** The sizes of a guest's output files now, by the path in the guest or `stdout`, `stderr`. */
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
  for (const file of metricFiles(plan, metrics)) sizes.set(file, sizeOf(pathInGuest(guest, plan, file)));
  return sizes;
}

export function pathInGuest(guest: Guest, plan: PlannedGuest, file: string): string {
  return guest.path(isAbsolute(file) ? file : join(plan.group.workingDirectory, file));
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
    const source = pathInGuest(guest, plan, file);
    const target = keptFile(directory, plan.name, file);
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
