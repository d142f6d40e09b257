import type { RecordedRun } from "./recorded_run.js";

/** The runs of both sides: first the baseline's, so that a run's number tells its side. */
export interface Sides {
  /** The nth seeds of both sides are the same. */
  readonly paired: boolean;
  readonly all: readonly RecordedRun[];
  readonly baseline: readonly number[];
  readonly scaled: readonly number[];
  /** The numbers of a side's runs, those of a seed together; where sides are not paired, each by itself. */
  readonly seeds: {
    readonly baseline: readonly (readonly number[])[];
    readonly scaled: readonly (readonly number[])[];
  };
}

/** Where both sides have the same seeds, and one of them each once, they are compared seed by seed. */
export function sidesOf(all: readonly RecordedRun[], baselineRuns: number): Sides {
  const numbers = [...all.keys()];
  const [baseline, scaled] = [numbers.slice(0, baselineRuns), numbers.slice(baselineRuns)];
  const seedOf = (run: number) => (all[run] as RecordedRun).summary.seed;
  const [one, other] = [bySeed(baseline, seedOf), bySeed(scaled, seedOf)];
  const paired =
    (one.length === baseline.length || other.length === scaled.length) &&
    one.length === other.length &&
    one.every(([run = -1], i) => seedOf(run) === seedOf(other[i]?.[0] ?? -1));
  if (paired)
    return {
      all,
      paired,
      baseline: one.flat(),
      scaled: other.flat(),
      seeds: { baseline: one, scaled: other },
    };
  const each = (runs: readonly number[]) => runs.map((run) => [run]);
  return { all, paired, baseline, scaled, seeds: { baseline: each(baseline), scaled: each(scaled) } };
}

function bySeed(runs: readonly number[], seedOf: (run: number) => number): number[][] {
  const groups = new Map<number, number[]>();
  for (const run of runs) groups.set(seedOf(run), [...(groups.get(seedOf(run)) ?? []), run]);
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}
