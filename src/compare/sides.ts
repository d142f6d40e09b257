import type { RecordedRun } from "./recorded_run.js";

/** The runs of both sides: first the baseline's, so that a run's number tells its side. */
export interface Sides {
  /** The nth runs of both sides have the same seed. */
  readonly paired: boolean;
  readonly all: readonly RecordedRun[];
  readonly baseline: readonly number[];
  readonly scaled: readonly number[];
}

/** Where both sides have the same seeds, each once, their runs stand in the order of the seeds. */
export function sidesOf(all: readonly RecordedRun[], baselineRuns: number): Sides {
  const numbers = [...all.keys()];
  const [baseline, scaled] = [numbers.slice(0, baselineRuns), numbers.slice(baselineRuns)];
  const seedOf = (run: number) => (all[run] as RecordedRun).summary.seed;
  const bySeed = (runs: readonly number[]) => [...runs].sort((a, b) => seedOf(a) - seedOf(b));
  const [one, other] = [bySeed(baseline), bySeed(scaled)];
  const paired =
    new Set(one.map(seedOf)).size === one.length &&
    one.length === other.length &&
    one.every((run, i) => seedOf(run) === seedOf(other[i] as number));
  return paired ? { all, paired, baseline: one, scaled: other } : { all, paired, baseline, scaled };
}
