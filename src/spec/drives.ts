import { relative } from "node:path";
import { loadDiskModel } from "../disk/load.js";
import { BLOCK_BYTES } from "../disk/model.js";
import { DieCastError } from "../errors.js";
import type { Experiment } from "./experiment.js";
import { type Path, type Problems, valueAt } from "./problems.js";

/** All that a run takes along of the experiment's folder, relative to it. */
export function filesOf(experiment: Experiment): string[] {
  return [...new Set([...experiment.files, ...driveFiles(experiment)])];
}

/** Those that describe drives. */
function driveFiles({ directory, guests }: Experiment): string[] {
  const models = guests.flatMap(({ machine }) => machine.disks.map(({ model }) => model));
  return [...new Set(models)].filter((model) => model.includes("/")).map((path) => relative(directory, path));
}

/** Notes disks whose drive does not exist, has a description that cannot be used, or is smaller than they are. */
export function checkDrives(experiment: Experiment, document: unknown, problems: Problems): void {
  const machines = new Map(experiment.guests.map(({ machine }) => [machine.name, machine]));
  for (const { name, disks } of machines.values()) {
    const path = ["machines", name, "disk"];
    const isList = Array.isArray(valueAt(document, path));
    for (const [i, { model, sizeBytes }] of disks.entries()) {
      const own = isList ? [...path, i] : path;
      checkPlace(model, experiment.directory, own, problems);
      checkDrive(model, sizeBytes, own, problems);
    }
  }
}

// What a run has not recorded, no replay would find.
function checkPlace(model: string, directory: string, path: Path, problems: Problems): void {
  if (model.includes("/") && relative(directory, model).startsWith("../")) {
    problems.note([...path, "model"], `expected a file in the experiment's folder, found ${model}`);
  }
}

function checkDrive(model: string, sizeBytes: number, path: Path, problems: Problems): void {
  try {
    const { capacityBlocks = Number.POSITIVE_INFINITY } = loadDiskModel(model);
    const most = capacityBlocks * BLOCK_BYTES;
    if (sizeBytes > most) {
      problems.note([...path, "size"], `expected at most the drive's ${most} B, found ${sizeBytes} B`);
    }
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    const found = error.problems.length > 0 ? error.problems : [error.line];
    for (const text of found) problems.note([...path, "model"], text);
  }
}
