import { rmSync } from "node:fs";
import { join } from "node:path";
import { overallVerdict } from "../compare/set_comparison.js";
import { DieCastError, invalidOption } from "../errors.js";
import type { RunReporter } from "../run/reporter.js";
import {
  performRemotely,
  type RemoteRequest,
  type RemoteResult,
  refusedAsFailed,
} from "../run/run_process.js";
import { analyse, notesOnRuns } from "./analyse.js";
import { secondsLeft } from "./estimate.js";
import type { Hold } from "./hold.js";
import { type NextRun, nextRun, scheduleOf } from "./schedule.js";
import type { Validation, ValidationRun } from "./validation.js";
import type { OpenValidation } from "./validation_folder.js";

/** Whoever shows a validation to people. Nothing here may throw. */
export interface ValidationReporter extends RunReporter {
  /** A run begins: the `number`th of `total`, as far as is known. */
  begin(run: NextRun, progress: { number: number; total: number; leftS: number }): void;
  /** It has ended. */
  end(run: ValidationRun): void;
}

/**
 * Carries out what is left of a validation, and judges it. Everything is on record after each run, so it can be interrupted (or
 * killed) at any time, and continued.
 * @param repeats of how many repetitions from now on
 * @returns what the record says now; `complete` is false if the signal came first
 * @throws DieCastError when a run cannot be begun and none was completed before, when nothing works at all, when another
 * process carries it out, or when more than `repeats` have been run
 */
export async function carryOutValidation(
  open: OpenValidation,
  reporter: ValidationReporter,
  signal: AbortSignal,
  repeats: Repeats = {},
): Promise<Validation> {
  const hold = await open.hold({ note: reporter.note, signal });
  try {
    // Not before: until then somebody else may have gone on with it.
    return await carryOut(open, withRepeats(open.read(), repeats), hold, reporter, signal);
  } finally {
    hold.release();
  }
}

/** How often; what is absent is as it was asked for before. */
export interface Repeats {
  readonly repeat?: number | undefined;
  readonly baselineRepeat?: number | undefined;
}

/**
 * The record as if so many repetitions had been asked for. Those that have been run stay what they are.
 * @throws DieCastError `invalid-option` if they were more
 */
export function withRepeats(record: Validation, asked: Repeats): Validation {
  const { plan, runs, comparisons, added = [] } = record;
  const { repeat = plan.repeat, baselineRepeat = plan.baselineRepeat ?? 1 } = asked;
  if (repeat === plan.repeat && baselineRepeat === (plan.baselineRepeat ?? 1)) return record;
  const ran = ranOf(runs);
  const { repetitions, "baseline runs": takes } = ran;
  if (baselineRepeat < takes)
    throw invalidOption("--baseline-repeat", `at least the ${takes} that have been run`, `${baselineRepeat}`);
  if (repeat < repetitions)
    throw invalidOption(
      "--repeat",
      `at least the ${repetitions} repetitions that have been run`,
      `${repeat}`,
    );
  if (!Number.isSafeInteger(plan.seed + repeat))
    throw invalidOption("--repeat", "no more than there are seeds for", `${repeat}`);
  const more = [
    { what: "repetitions", from: repetitions, to: repeat } as const,
    { what: "baseline runs", from: takes, to: baselineRepeat } as const,
  ].filter(({ from, to }) => to > from);
  // What was asked for and never begun was taken back. Whoever has not seen what the first ones came to cannot have been led by it.
  const all = [
    ...added.filter(({ what, from }) => from < ran[what]),
    ...(comparisons.length > 0 ? more : []),
  ];
  const { added: _, ...rest } = record;
  return {
    ...rest,
    plan: { ...plan, repeat, baselineRepeat },
    complete: false,
    ...(all.length > 0 ? { added: all } : {}),
  };
}

/** How many have been run, at least in part. */
function ranOf(runs: readonly ValidationRun[]): { repetitions: number; "baseline runs": number } {
  const begun = runs.filter(({ outcome }) => outcome !== "interrupted");
  return {
    repetitions: Math.max(0, ...begun.map(({ repetition }) => repetition)),
    "baseline runs": Math.max(1, ...begun.map(({ take = 1 }) => take)),
  };
}

async function carryOut(
  open: OpenValidation,
  before: Validation,
  hold: Hold,
  reporter: ValidationReporter,
  signal: AbortSignal,
): Promise<Validation> {
  const { folder, phasesS } = open;
  let record: Validation = { ...before, ended: null, complete: false };
  const slots = scheduleOf(record.plan);
  const save = (changes: Partial<Validation>) => {
    record = { ...record, ...changes };
    open.save(record);
  };
  save({ runs: withoutInterrupted(folder, record.runs) });
  for (const [i, slot] of slots.entries()) {
    for (;;) {
      const next = nextRun(slot, record.runs);
      if (next === undefined || signal.aborted) break;
      const left = slots.slice(i).filter((one) => nextRun(one, record.runs) !== undefined);
      const leftS = secondsLeft(left, record.runs, phasesS);
      reporter.begin(next, { number: i + 1, total: slots.length, leftS });
      const anyWorked = record.runs.some(({ outcome }) => outcome === "completed");
      const run = await perform(open, next, (request) =>
        refusedAsFailed(performRemotely(request, reporter, signal, hold.running), anyWorked),
      );
      save({ runs: [...record.runs, run] });
      reporter.end(run);
      assertAnyWorks(record.runs);
    }
  }
  const comparisons = await analyse(folder, record.plan, record.runs);
  save({
    comparisons,
    // What the host does without dilation is there to be seen, not to be judged.
    verdict: overallVerdict(comparisons.filter(({ sharesOf }) => sharesOf === null)),
    notes: [...notesOnAdded(record), ...notesOnRuns(record.runs)],
    complete: slots.every((slot) => nextRun(slot, record.runs) === undefined),
    // Looking at one again that was complete changes nothing.
    ended: before.complete ? before.ended : new Date().toISOString(),
  });
  return record;
}

function notesOnAdded({ added = [], runs }: Validation): string[] {
  const ran = ranOf(runs);
  return added
    .map(({ what, from, to }) => ({ what, from: from + 1, to: Math.min(to, ran[what]) }))
    .filter(({ from, to }) => from <= to)
    .map(({ what, from, to }) => {
      const which = what === "repetitions" ? what : "each repetition's baseline runs";
      return `${which} ${from} to ${to} were added when those before had been judged (docs/validation.md)`;
    });
}

async function perform(
  open: OpenValidation,
  { tdf, sharesOf, value, repetition, take, attempt, seed, path }: NextRun,
  work: (request: RemoteRequest) => Promise<RemoteResult>,
): Promise<ValidationRun> {
  const { overcommit, allowIdle, steadyCores = null } = open.record.plan;
  const out = join(open.folder, path);
  // Left by a validation that was killed in the middle of it: it is not on record.
  rmSync(out, { recursive: true, force: true });
  const [began, beganMs] = [new Date().toISOString(), performance.now()];
  const request = {
    ...open.experimentOf(value),
    ...{ tdf, sharesOf, seed, out, overcommit, allowIdle, steadyCores },
  };
  const result = await work(request);
  const realSeconds = (performance.now() - beganMs) / 1000;
  const { outcome, fidelity } = result;
  const counted = outcome === "completed" && fidelity !== null && fidelity.verdict !== "not trustworthy";
  return {
    path,
    tdf,
    sharesOf,
    value,
    repetition,
    ...(take === undefined ? {} : { take }),
    attempt,
    seed,
    outcome,
    fidelity: fidelity?.verdict ?? null,
    counted,
    reasons: reasonsOf(result),
    began,
    realSeconds,
  };
}

function reasonsOf({ error, fidelity, failedGuests }: RemoteResult): string[] {
  const guests = failedGuests.length === 0 ? [] : [`ended unexpectedly: ${failedGuests.join(", ")}`];
  return [...(error === null ? [] : [error]), ...guests, ...(fidelity?.reasons ?? [])];
}

/** An experiment that fails twice before anything has worked will not work the other times. */
function assertAnyWorks(runs: readonly ValidationRun[]): void {
  if (runs.length < 2 || runs.some(({ outcome }) => outcome !== "failed")) return;
  const [reason = "no reason is known"] = runs.at(-1)?.reasons ?? [];
  throw new DieCastError("failed", `the first two runs have failed: ${reason}`, {
    remedy: "see what diecast run says of the experiment",
  });
}

function withoutInterrupted(folder: string, runs: readonly ValidationRun[]): ValidationRun[] {
  for (const { path, outcome } of runs) {
    if (outcome === "interrupted") rmSync(join(folder, path), { recursive: true, force: true });
  }
  return runs.filter(({ outcome }) => outcome !== "interrupted");
}
