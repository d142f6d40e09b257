import type { Curve } from "../set_comparison.js";
import type { DistanceOf } from "./distances.js";

/** One run's use of a resource, a number for each cell of time; NaN: not known. */
export type Profile = Float64Array;

/**
 * How far the mean curves of two groups of runs are apart: the area between them ÷ `scale`. An area, since it counts a shift in
 * time as well as one in height, and noise of single samples only by its share; by the baseline's own area, since a tenth of a
 * core is much for one guest and nothing for another. NaN where there is no cell that both know.
 * @param scale mean of the baseline's curve over all cells, above 0
 */
export function curveDistance(profiles: readonly Profile[], scale: number): DistanceOf {
  return (one, other) => {
    const [a, b] = [meanCurve(profiles, one), meanCurve(profiles, other)];
    let [sum, cells] = [0, 0];
    a.forEach((value, i) => {
      const off = Math.abs(value - (b[i] as number));
      if (Number.isNaN(off)) return;
      sum += off;
      cells++;
    });
    return sum / cells / scale;
  };
}

/** In each cell the mean of the runs that know it. */
export function meanCurve(profiles: readonly Profile[], runs: readonly number[]): Float64Array {
  const length = Math.max(0, ...runs.map((run) => (profiles[run] as Profile).length));
  return Float64Array.from({ length }, (_, i) => {
    const known = cellOf(profiles, runs, i);
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

/** The mean over all cells that are known; NaN if none is. */
export function levelOf(curve: Float64Array): number {
  const known = curve.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** For drawing: the mean, the least and the most of the runs. */
export function envelope(profiles: readonly Profile[], runs: readonly number[]): Curve {
  const mean = [...meanCurve(profiles, runs)].map((value) => (Number.isNaN(value) ? null : value));
  const of = (choose: (...values: number[]) => number) =>
    mean.map((_, i) => {
      const known = cellOf(profiles, runs, i);
      return known.length === 0 ? null : choose(...known);
    });
  return { mean, low: of(Math.min), high: of(Math.max) };
}

function cellOf(profiles: readonly Profile[], runs: readonly number[], cell: number): number[] {
  return runs
    .map((run) => (profiles[run] as Profile)[cell] ?? Number.NaN)
    .filter((value) => !Number.isNaN(value));
}
