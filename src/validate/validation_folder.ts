import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setsAsCsv } from "../compare/set_csv.js";
import { DieCastError } from "../errors.js";
import { measureCoreSpeed } from "../host/core_speed.js";
import { newFolder, writeJson } from "../run/directory.js";
import { hostRecord } from "../run/perform.js";
import type { HostRecord } from "../run/record.js";
import { snapshotFiles } from "../run/snapshot.js";
import type { Experiment } from "../spec/experiment.js";
import { experimentFromDocument } from "../spec/load.js";
import { applyOverrides } from "../spec/overrides.js";
import { packageVersion } from "../version.js";
import type { Variation } from "./conditions.js";
import { type Hold, type HoldOptions, holdFolder } from "./hold.js";
import {
  readValidation,
  VALIDATION_FILE,
  VALIDATION_VERSION,
  type Validation,
  type ValidationPlan,
} from "./validation.js";

/** A validation that can be carried out, be it new or begun before. */
export interface OpenValidation {
  readonly folder: string;
  /** As it was when it was opened. */
  readonly record: Validation;
  /** As it is now. */
  read(): Validation;
  /**
   * What runs are of, with a value of what varies: made of the record's own copy, so that a change of the original reaches no
   * part of it.
   */
  experimentOf(value: string | null): {
    readonly document: unknown;
    readonly directory: string;
    readonly files: readonly string[];
  };
  /** Warm-up and measuring, virtual. */
  readonly phasesS: number;
  save(record: Validation): void;
  /**
   * Keeps others from carrying it out at the same time.
   * @throws DieCastError `failed` if another process does so now
   */
  hold(options: HoldOptions): Promise<Hold>;
}

const EXPERIMENT_FILE = "experiment.json";

/**
 * Makes the folder of a new validation.
 * @param files what all its runs need of the experiment's folder, relative to it
 * @param out the user's `--out`; undefined: below ./validations, named for the experiment and the time
 * @throws DieCastError `invalid-option`, `invalid-experiment` or `failed`
 */
export async function createValidation(
  experiment: Experiment,
  document: unknown,
  files: readonly string[],
  plan: ValidationPlan,
  out: string | undefined,
  command: readonly string[],
): Promise<OpenValidation> {
  const host = await hostRecord(measureCoreSpeed(), experiment.requires);
  const folder = newFolder(out, join("validations", experiment.name), "validation");
  const record: Validation = {
    version: VALIDATION_VERSION,
    experiment: experiment.name,
    complete: false,
    verdict: "not-comparable",
    command,
    diecast: packageVersion(),
    began: new Date().toISOString(),
    ended: null,
    host,
    plan,
    runs: [],
    comparisons: [],
    notes: [],
  };
  try {
    for (const name of ["files", "runs"]) mkdirSync(join(folder, name));
    await snapshotFiles(experiment.directory, files, join(folder, "files"));
    writeJson(join(folder, EXPERIMENT_FILE), document);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return opened(folder, record);
}

/**
 * Opens one that was interrupted, or killed.
 * @throws DieCastError `invalid-option` if there is none, or it was begun elsewhere
 */
export async function openValidation(given: string): Promise<OpenValidation> {
  const folder = resolve(given);
  const record = readValidation(folder);
  assertSameHost(record.host, await hostRecord(measureCoreSpeed(), []), folder);
  if (record.diecast !== packageVersion()) {
    throw new DieCastError(
      "invalid-option",
      `${folder}: expected a validation of DieCast ${packageVersion()}, it was begun with ${record.diecast}`,
      { remedy: "begin a new one" },
    );
  }
  return opened(folder, record);
}

/**
 * Removes what a validation left that could not even begin. Never throws: what kept it from beginning is what people are to hear
 * of, and of a folder that is in no order nothing is removed.
 */
export function discardUnbegun(folder: string): void {
  try {
    const recorded = existsSync(join(folder, VALIDATION_FILE)) ? readValidation(folder).runs.length : 0;
    // One whose process died at once is on record, and one that is not may still have left something.
    if (recorded + readdirSync(join(folder, "runs")).length > 0) return;
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // See above.
  }
}

function opened(folder: string, record: Validation): OpenValidation {
  // Runs are removed below it: what it might lead to is nobody's to remove.
  const runs = join(folder, "runs");
  if (!lstatSync(runs, { throwIfNoEntry: false })?.isDirectory())
    throw new DieCastError("invalid-option", `${runs}: expected a folder with the validation's runs`);
  const file = join(folder, EXPERIMENT_FILE);
  const directory = join(folder, "files");
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DieCastError("invalid-option", `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const { phases } = experimentFromDocument(document, { directory, file });
  return {
    folder,
    record,
    read: () => (existsSync(join(folder, VALIDATION_FILE)) ? readValidation(folder) : record),
    // By name: "." would leave out what is called runs or .git.
    experimentOf: (value) => ({
      document: withValue(document, record.plan.vary, value),
      directory,
      files: readdirSync(directory),
    }),
    phasesS: (phases.warmupNs + phases.measureNs) / 1e9,
    save: (changed) => {
      writeJson(join(folder, VALIDATION_FILE), changed);
      writeFileSync(join(folder, "validation.csv"), setsAsCsv(changed.comparisons));
    },
    hold: (options) => holdFolder(folder, options),
  };
}

function withValue(document: unknown, vary: Variation | null, value: string | null): unknown {
  if (vary === null || value === null) return document;
  return applyOverrides(document, [`${vary.name}=${value}`]).document;
}

/** Runs of two hosts would differ by their hosts. */
function assertSameHost(then: HostRecord, now: HostRecord, folder: string): void {
  for (const fact of ["processor", "cores", "system"] as const) {
    if (then[fact] === now[fact]) continue;
    throw new DieCastError(
      "invalid-option",
      `${folder}: expected the host it was begun on (${fact}: ${then[fact]}), this one has ${now[fact]}`,
      { remedy: "begin a new one" },
    );
  }
}
