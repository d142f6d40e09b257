import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SetVerdict } from "../compare/set_comparison.js";
import type { Margins } from "../compare/tolerance.js";
import { DieCastError } from "../errors.js";
import type { HostRecord } from "../run/record.js";
import type { Condition, ValidationComparison, Variation } from "./conditions.js";
import { problemOf } from "./validation_shape.js";

/**
 * validation.json: whether an experiment comes to the same at several TDFs. It is written anew after each run, so one that
 * was killed still has its runs; comparisons and verdict are made at the end, also at that of one that was interrupted. Formulas: docs/validation.md.
 */
export interface Validation {
  /** Raised when a field changes its meaning or goes; a new field raises nothing. */
  readonly version: 1;
  readonly experiment: string;
  /** Whether every run that was asked for took place. */
  readonly complete: boolean;
  /** Over all TDFs and values: all equivalent, any different, any not comparable, else inconclusive. */
  readonly verdict: SetVerdict;
  /** As the user typed it to begin it; repetitions may have been added since. */
  readonly command: readonly string[];
  /** DieCast's version. */
  readonly diecast: string;
  /** ISO 8601, real. */
  readonly began: string;
  readonly ended: string | null;
  /** Where it ran. */
  readonly host: HostRecord;
  readonly plan: ValidationPlan;
  /** In the order in which they took place, those that do not count included. */
  readonly runs: readonly ValidationRun[];
  /** For each value, one for each condition but the baseline's, in the order asked for. */
  readonly comparisons: readonly ValidationComparison[];
  /** What to know before one trusts it, one line each. */
  readonly notes: readonly string[];
  /** What was asked for when the first `from` had been judged; absent: nothing. */
  readonly added?: readonly {
    /** Baseline runs: in each repetition. */
    readonly what: "repetitions" | "baseline runs";
    readonly from: number;
    readonly to: number;
  }[];
}

/** What was asked for; `--continue` goes on with it. */
export interface ValidationPlan {
  /** "1", "10", "1/3"; the first is the baseline. */
  readonly tdfs: readonly string[];
  readonly repeat: number;
  /** Runs of the baseline in each repetition, all with its seed; absent: 1. */
  readonly baselineRepeat?: number;
  /** Of the first repetition; the nth has seed + n - 1 at every TDF. Also where shuffling and resampling begin. */
  readonly seed: number;
  readonly margins: Margins;
  /** What each TDF is tested with, one value after the other; null: the experiment as it is. */
  readonly vary: Variation | null;
  /** Also without dilation, on the share of processors that guests have at this TDF: shown, and no part of the verdict. */
  readonly undilated: string | null;
  /** `--set`, already applied to experiment.json. */
  readonly overrides: readonly string[];
  readonly overcommit: boolean;
  readonly allowIdle: boolean;
  /** How fast guests' cores were kept, in steps per second of diecast-pulse's loop; null or absent: as fast as the host's. */
  readonly steadyCores?: number | null;
}

export interface ValidationRun extends Condition {
  /** Its folder, relative to the validation's: "runs/tdf10-1". */
  readonly path: string;
  /** From 1. */
  readonly repetition: number;
  /** Of the baseline's in this repetition, from 1; absent: 1. */
  readonly take?: number;
  /** 2: the first one could not be trusted, or failed. */
  readonly attempt: 1 | 2;
  readonly seed: number;
  readonly outcome: "completed" | "interrupted" | "failed";
  /** The run's own verdict on itself (fidelity.json); `null` if it never measured. */
  readonly fidelity: "trustworthy" | "doubtful" | "not trustworthy" | null;
  /** Whether the comparisons rest on it. */
  readonly counted: boolean;
  /** Why it is not counted, or what makes it doubtful. */
  readonly reasons: readonly string[];
  readonly began: string;
  readonly realSeconds: number;
}

export const VALIDATION_VERSION = 1;
export const VALIDATION_FILE = "validation.json";

/**
 * Reads the validation in a folder.
 * @throws DieCastError `invalid-option` if there is none, or none that this version can read
 */
export function readValidation(folder: string): Validation {
  const path = join(folder, VALIDATION_FILE);
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "is not there" : `cannot be read: ${(cause as Error).message}`;
    throw new DieCastError("invalid-option", `${path}: expected a validation's record; it ${why}`, { cause });
  }
  const version = (found as { version?: unknown } | null)?.version;
  if (version !== VALIDATION_VERSION) {
    const what = version === undefined ? "none" : JSON.stringify(version);
    throw new DieCastError(
      "invalid-option",
      `${path}: expected a validation of version ${VALIDATION_VERSION}, found ${what}`,
    );
  }
  const problem = problemOf(found);
  // What is not checked, runs and reports do not rest on.
  if (problem === undefined) return found as Validation;
  throw new DieCastError("invalid-option", `${path}: the validation's record is damaged: ${problem}`);
}
