import { repeatsOf } from "./quantities.js";
import type { RecordedRun } from "./recorded_run.js";

/** Less than half of the usual margin explains nothing. */
const NOTEWORTHY = 0.02;

/** "1.80e9 steps/s", "the host's" */
function describeAsked(stepsPerSecond: number | undefined): string {
  return stepsPerSecond === undefined ? "the host's" : `kept at ${stepsPerSecond.toExponential(2)} steps/s`;
}

/**
 * Whether the host's cores were as fast for one side as for the other. On a machine that is shared they may not have been, by no
 * fault of the model.
 */
export function notesOnCores(baseline: readonly RecordedRun[], scaled: readonly RecordedRun[]): string[] {
  const asked = new Set([...baseline, ...scaled].map((run) => run.fidelity?.steadyStepsPerSecond));
  if (asked.size > 1) {
    const which = [...asked].map(describeAsked).join(", ");
    return [`guests' cores were not the same in all runs (--steady-cores): ${which}`];
  }
  if (!asked.has(undefined)) return [];
  const speeds = (runs: readonly RecordedRun[]) =>
    repeatsOf(runs.map((run) => run.fidelity?.coreStepsPerSecond ?? null));
  const [before, after] = [speeds(baseline), speeds(scaled)];
  if (before.mean === null || after.mean === null) return [];
  const ratio = after.mean / before.mean;
  if (Math.abs(ratio - 1) < NOTEWORTHY) return [];
  const percent = (Math.abs(ratio - 1) * 100).toFixed(1);
  const spread =
    before.spread === null ? "" : ` (spread of the baseline's runs ${(before.spread * 100).toFixed(1)} %)`;
  return [
    `the host's cores were ${percent} % ${ratio > 1 ? "faster" : "slower"} for the scaled runs than for the baseline's${spread}: where the processor is the bottleneck, as much of an error may come of that`,
  ];
}
