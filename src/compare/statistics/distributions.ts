import type { DistanceOf } from "./distances.js";
import { quantile } from "./resampling.js";

/** The distribution functions of several runs at the same values, so that any of them can be pooled at little cost. */
export interface DistributionFunctions {
  /** Where: ascending. */
  readonly at: Float64Array;
  /** By run: how many of its values are at most at[i]. */
  readonly counts: readonly Float64Array[];
  /** By run: how many values it has. */
  readonly sizes: readonly number[];
}

/** With more distinct values than this the functions are looked at between as many quantiles: distances within 1 ÷ this. */
const MOST_POINTS = 2048;

/** @param runs each sorted */
export function distributionFunctions(runs: readonly Float64Array[]): DistributionFunctions {
  const at = pointsOf(runs);
  const counts = runs.map((values) => {
    const own = new Float64Array(at.length);
    let j = 0;
    at.forEach((point, i) => {
      while (j < values.length && (values[j] as number) <= point) j++;
      own[i] = j;
    });
    return own;
  });
  return { at, counts, sizes: runs.map((values) => values.length) };
}

/** The Kolmogorov–Smirnov distance of groups of runs, the values of each pooled. */
export function pooledDistance({ at, counts, sizes }: DistributionFunctions): DistanceOf {
  // Run by run rather than point by point: it is done thousands of times.
  const difference = new Float64Array(at.length);
  const add = (group: readonly number[], sign: 1 | -1) => {
    const weight = sign / group.reduce((sum, run) => sum + (sizes[run] as number), 0);
    for (const run of group) {
      const own = counts[run] as Float64Array;
      for (let i = 0; i < own.length; i++)
        difference[i] = (difference[i] as number) + weight * (own[i] as number);
    }
  };
  return (one, other) => {
    difference.fill(0);
    add(one, 1);
    add(other, -1);
    let most = 0;
    for (let i = 0; i < difference.length; i++) most = Math.max(most, Math.abs(difference[i] as number));
    // Sums of shares are never exactly the same.
    return most < 1e-12 ? 0 : most;
  };
}

/** The pooled distribution functions at few enough values to draw. */
export function curvesOf(
  { at, counts, sizes }: DistributionFunctions,
  baseline: readonly number[],
  scaled: readonly number[],
  points = 200,
): { values: number[]; baseline: number[]; scaled: number[] } {
  const share = (group: readonly number[], i: number) =>
    group.reduce((sum, run) => sum + ((counts[run] as Float64Array)[i] as number), 0) /
    group.reduce((sum, run) => sum + (sizes[run] as number), 0);
  const chosen = Array.from(
    { length: Math.min(points, at.length) },
    (_, k, last = Math.min(points, at.length) - 1) =>
      last === 0 ? 0 : Math.round((k * (at.length - 1)) / last),
  );
  return {
    values: chosen.map((i) => at[i] as number),
    baseline: chosen.map((i) => share(baseline, i)),
    scaled: chosen.map((i) => share(scaled, i)),
  };
}

function pointsOf(runs: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(runs.reduce((sum, values) => sum + values.length, 0));
  let filled = 0;
  for (const values of runs) {
    all.set(values, filled);
    filled += values.length;
  }
  all.sort();
  const distinct = all.filter((value, i) => value !== all[i + 1]);
  if (distinct.length <= MOST_POINTS) return distinct;
  const points = Float64Array.from({ length: MOST_POINTS }, (_, i) => quantile(all, (i + 1) / MOST_POINTS));
  return points.filter((value, i) => value !== points[i + 1]);
}
