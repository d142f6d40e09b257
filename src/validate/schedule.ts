import { randomFrom, shuffled } from "../compare/statistics/random.js";
import { sideInName } from "../run/directory.js";
import { parseTdf } from "../scale/tdf.js";
import { type Condition, conditionsOf, isBaseline, isSameCondition } from "./conditions.js";
import type { ValidationPlan, ValidationRun } from "./validation.js";

/** One run that a validation asks for. */
export interface Slot extends Condition {
  /** From 1. */
  readonly repetition: number;
  /** Of the baseline's in this repetition, from 1; absent: 1. */
  readonly take?: number;
  readonly seed: number;
}

/** A slot's next run. */
export interface NextRun extends Slot {
  readonly attempt: 1 | 2;
  /** Relative to the validation's folder. */
  readonly path: string;
}

/**
 * All runs in their order: the first repetition under all conditions, then the second, … so that what changes slowly on the host (its
 * temperature, its neighbours) meets all alike; within a repetition shuffled, so that none always comes after the same other.
 */
export function scheduleOf(plan: ValidationPlan): Slot[] {
  const { repeat, seed } = plan;
  return Array.from({ length: repeat }, (_, i) =>
    shuffled(takesOf(plan), randomFrom(seed + i)).map((condition) => ({
      ...condition,
      repetition: i + 1,
      seed: seed + i,
    })),
  ).flat();
}

function takesOf(plan: ValidationPlan): (Condition & Pick<Slot, "take">)[] {
  const { baselineRepeat = 1 } = plan;
  return conditionsOf(plan).flatMap((condition) => {
    if (!isBaseline(condition, plan)) return [condition];
    const further = Array.from({ length: baselineRepeat - 1 }, (_, i) => ({ ...condition, take: i + 2 }));
    return [condition, ...further];
  });
}

/** What is still to be run for a slot after `runs`; undefined if it is done. An interrupted run is no attempt. */
export function nextRun(slot: Slot, runs: readonly ValidationRun[]): NextRun | undefined {
  const attempts = runs.filter(
    (run) =>
      isSameCondition(run, slot) &&
      run.repetition === slot.repetition &&
      run.take === slot.take &&
      run.outcome !== "interrupted",
  );
  if (attempts.length > 1 || attempts.some(({ counted }) => counted)) return undefined;
  const again = attempts.length === 1;
  return { ...slot, attempt: again ? 2 : 1, path: `runs/${nameOf(slot)}${again ? "-again" : ""}` };
}

function nameOf({ tdf, sharesOf, value, repetition, take }: Slot): string {
  const side = sideInName(
    parseTdf(tdf, "tdf"),
    sharesOf === null ? undefined : parseTdf(sharesOf, "undilated"),
  );
  const which = take === undefined ? `${repetition}` : `${repetition}.${take}`;
  return [...(value === null ? [] : [valueInName(value)]), side, which].join("-");
}

/** What of a value can stand in a folder's name. */
export function valueInName(value: string): string {
  return value.replace(/[^A-Za-z0-9_.=]+/g, "_").replace(/^\.+/, "_");
}
