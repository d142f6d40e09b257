import { writeSync } from "node:fs";
import { DieCastError, invalidOption } from "../errors.js";
import { lackOf } from "../host/requirements.js";
import { describePlan } from "../plan/describe.js";
import { formatPlan } from "../plan/format.js";
import { abortOnSignals } from "../run/abort.js";
import { performRun, prepareRun, type RunRequest } from "../run/perform.js";
import { parseTdf, type Tdf } from "../scale/tdf.js";
import { loadExperiment } from "../spec/load.js";
import { print } from "./print.js";
import { exitCodeOf, formatOutcome, outcomeAsJson } from "./run_outcome.js";
import { runProgress } from "./run_progress.js";
import { runRepeatedly } from "./run_repeat.js";
import { steadyCoresOf } from "./steady_cores.js";

const DEFAULT_TDF = "10";

/** The options of `diecast run` as the user wrote them. */
export interface RunFlags {
  tdf?: string;
  undilated?: string;
  out?: string;
  seed?: string;
  repeat?: string;
  set: string[];
  dryRun?: boolean;
  overcommit?: boolean;
  allowIdle?: boolean;
  steadyCores?: true | string;
  json?: boolean;
  quiet?: boolean;
}

/**
 * Runs an experiment, or prints its plan; returns the exit code.
 * @throws DieCastError when it cannot be begun
 */
export async function run(path: string, flags: RunFlags): Promise<number> {
  const { experiment, document } = await loadExperiment(path, { overrides: flags.set });
  const request: RunRequest = {
    experiment,
    document,
    ...timeOf(flags),
    seed: parseSeed(flags.seed),
    out: flags.out,
    overcommit: flags.overcommit ?? false,
    allowIdle: flags.allowIdle ?? false,
    reference: undefined,
    steadyCores: await steadyCoresOf(flags.steadyCores, flags),
  };
  const repeat = flags.repeat === undefined ? undefined : parseRepeat(flags.repeat);
  if (flags.dryRun) return printPlan(request, flags);
  return repeat === undefined ? carryOut(request, flags) : runRepeatedly(request, repeat, flags);
}

/** @throws DieCastError `invalid-option` */
function timeOf({ tdf, undilated }: RunFlags): Pick<RunRequest, "tdf" | "sharesOf"> {
  if (undilated === undefined) return { tdf: parseTdfOrAuto(tdf ?? DEFAULT_TDF), sharesOf: undefined };
  if (tdf !== undefined) throw invalidOption("--undilated", "no --tdf beside it: time is as it is", tdf);
  return { tdf: parseTdf("1", "tdf"), sharesOf: parseTdf(undilated, "--undilated") };
}

/** Runs what has been decided; shared with `diecast replay`. */
export async function carryOut(
  request: RunRequest,
  flags: { json?: boolean; quiet?: boolean },
): Promise<number> {
  const progress = runProgress();
  const silent = { phase: () => {}, progress: () => {}, note: () => {}, warn: progress.warn };
  const { signal, release } = abortOnSignals();
  try {
    const performed = await performRun(request, flags.quiet ? silent : progress, signal);
    progress.end();
    const { error } = performed.result;
    if (error !== undefined) writeSync(2, `diecast: ${lineOf(error)}\n`);
    print(flags.json ? outcomeAsJson(performed) : formatOutcome(performed));
    return exitCodeOf(performed);
  } finally {
    progress.end();
    release();
  }
}

function lineOf(error: unknown): string {
  if (error instanceof DieCastError) return error.line;
  return error instanceof Error ? `internal error: ${error.message}` : `${error}`;
}

const MOST_REPEATS = 1000;

/** A number of repetitions. @throws DieCastError `invalid-option` */
export function parseRepeat(text: string, option = "--repeat"): number {
  const repeat = Number(text);
  if (!/^\d+$/.test(text) || repeat < 1 || repeat > MOST_REPEATS)
    throw invalidOption(option, `a whole number from 1 to ${MOST_REPEATS}`, text);
  return repeat;
}

/** Undefined for `auto`. */
export function parseTdfOrAuto(text: string): Tdf | undefined {
  return text === "auto" ? undefined : parseTdf(text, "--tdf");
}

export function parseSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed))
    throw invalidOption("--seed", "a whole number from 0 to 2^53 - 1", text);
  return seed;
}

function printPlan(request: RunRequest, flags: RunFlags): number {
  const { plan, capacity, missing } = prepareRun(request);
  const lack = lackOf(missing, plan.experiment.directory);
  if (flags.json) {
    print(`${JSON.stringify({ ...describePlan(plan, capacity), missing }, null, 2)}\n`);
  } else {
    print(formatPlan(plan, capacity));
    if (lack !== undefined) print(`\n${lack.line}\n`);
  }
  return capacity.fits && lack === undefined ? 0 : 1;
}
