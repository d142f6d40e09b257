import type { RecordedRun } from "./recorded_run.js";
import type { AtEqualSpeed, SetMetricComparison } from "./set_comparison.js";
import type { Sides } from "./sides.js";
import { ratioAtEqual } from "./statistics/covariance.js";

/**
 * What the error would be, had the host's cores been as fast for all runs: as far as the runs' own course tells how a value
 * goes with that. Where guests' cores were kept as fast there is nothing to add.
 * @param values one for each run, in the order of `sides.all`
 * @returns undefined where the runs do not tell
 */
export function atEqualSpeed(sides: Sides, values: readonly (number | null)[]): AtEqualSpeed | undefined {
  if (sides.all.some((run) => (run as RecordedRun).fidelity?.steadyStepsPerSecond !== undefined))
    return undefined;
  const blocksOf = (seeds: readonly (readonly number[])[], isScaled: boolean) =>
    seeds.flatMap((runs, seed) => runs.map((run) => ({ run, isScaled, block: sides.paired ? seed : 0 })));
  const observations = [...blocksOf(sides.seeds.baseline, false), ...blocksOf(sides.seeds.scaled, true)].map(
    ({ run, ...rest }) => ({
      ...rest,
      value: values[run] ?? 0,
      covariate: (sides.all[run] as RecordedRun).fidelity?.coreStepsPerSecond ?? 0,
    }),
  );
  if (observations.some(({ value, covariate }) => value <= 0 || covariate <= 0)) return undefined;
  const found = ratioAtEqual(observations);
  if (found === undefined) return undefined;
  const { ratio, interval, exponent } = found;
  return { error: ratio - 1, interval: { low: interval.low - 1, high: interval.high - 1 }, exponent };
}

/** Of what is judged and was not found equivalent: how much of it may be the host's. */
export function notesAtEqualSpeed(metrics: readonly SetMetricComparison[]): string[] {
  const percent = (share: number) => `${share < 0 ? "" : "+"}${(share * 100).toFixed(1)}`;
  const found = metrics.flatMap(({ name, quantities }) =>
    quantities.flatMap(({ quantity, margin, verdict, atEqualSpeed: adjusted }) => {
      if (margin === null || verdict === "equivalent" || adjusted === undefined) return [];
      const { error, interval } = adjusted;
      const what = quantity === "value" ? name : `${name} ${quantity}`;
      return [`${what} ${percent(error)} % (${percent(interval.low)} … ${percent(interval.high)} %)`];
    }),
  );
  if (found.length === 0) return [];
  return [`had the host's cores been as fast for all runs (not judged): ${found.join(", ")}`];
}
