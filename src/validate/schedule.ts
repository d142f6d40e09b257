import { randomFrom, shuffled } from "../compare/statistics/random.js";
import { tdfInName } from "../run/directory.js";
import { parseTdf } from "../scale/tdf.js";
import type { ValidationPlan, ValidationRun } from "./validation.js";

/** One run that a validation asks for. */
export interface Slot {
  readonly tdf: string;
  /** From 1. */
  readonly repetition: number;
  readonly seed: number;
}

/** A slot's next run. */
export interface NextRun extends Slot {
  readonly attempt: 1 | 2;
  /** Relative to the validation's folder. */
  readonly path: string;
}

/**
 * All runs in their order: the first repetition of all TDFs, then the second, … so that what changes slowly on the host (its
 * temperature, its neighbours) meets all TDFs alike; within a repetition shuffled, so that none always comes after the same other.
 */
export function scheduleOf({ tdfs, repeat, seed }: ValidationPlan): Slot[] {
  return Array.from({ length: repeat }, (_, i) =>
    shuffled(tdfs, randomFrom(seed + i)).map((tdf) => ({ tdf, repetition: i + 1, seed: seed + i })),
  ).flat();
}

/** What is still to be run for a slot after `runs`; undefined if it is done. An interrupted run is no attempt. */
export function nextRun(slot: Slot, runs: readonly ValidationRun[]): NextRun | undefined {
  const attempts = runs.filter(
    ({ tdf, repetition, outcome }) =>
      tdf === slot.tdf && repetition === slot.repetition && outcome !== "interrupted",
  );
  if (attempts.length > 1 || attempts.some(({ counted }) => counted)) return undefined;
  const again = attempts.length === 1;
  const name = `tdf${tdfInName(parseTdf(slot.tdf, "tdf"))}-${slot.repetition}`;
  return { ...slot, attempt: again ? 2 : 1, path: `runs/${name}${again ? "-again" : ""}` };
}
