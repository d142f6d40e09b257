import type { DistanceComparison, Equivalence } from "../set_comparison.js";
import { type Random, shuffled } from "./random.js";
import { resampled, standardErrorInterval } from "./resampling.js";

/** How far two groups of runs are apart, at least 0; runs by their numbers, which may occur more than once. NaN: that cannot be told. */
export type DistanceOf = (one: readonly number[], other: readonly number[]) => number;

const RESAMPLES = 1000;
/** More ways than these to divide the runs are sampled. */
const MOST_WAYS = 1000;

/**
 * Judges a distance between two groups of runs by what runs of the baseline are apart.
 *
 * Any distance of measured things is above 0, be the true one 0 or not: noise only adds. So its estimate is too large by at most
 * what noise alone comes to (the triangle inequality), which the baseline shows: two single repeats of it are `yardstick` apart,
 * and sides of n and m repeats, whose noise averages out, √((1/n + 1/m) ÷ 2) of that. Hence
 * - `equivalent`: even the upper end of the interval, which has that noise in it, is within the margin
 * - `different`: the lower end is above the margin after the noise is taken off.
 *
 * The p-value is a permutation test of whole runs (Fisher 1935; with sampled permutations as Phipson and Smyth 2010): values
 * within a run depend on each other, runs do not.
 * @param baseline, scaled numbers of the runs
 * @param margin undefined: not judged
 */
export function compareDistance(
  distanceOf: DistanceOf,
  baseline: readonly number[],
  scaled: readonly number[],
  margin: number | undefined,
  random: Random,
): DistanceComparison {
  const distance = distanceOf(baseline, scaled);
  if (Number.isNaN(distance)) return withoutDistance(margin, "inconclusive");
  const [n, m] = [baseline.length, scaled.length];
  const repeated = n > 1 && m > 1;
  const apart = n > 1 ? meanPairwise(distanceOf, baseline) : Number.NaN;
  const yardstick = Number.isNaN(apart) ? null : apart;
  const chance = yardstick === null ? null : yardstick * Math.sqrt((1 / n + 1 / m) / 2);
  const interval = repeated ? intervalOf(distanceOf, baseline, scaled, distance, random) : null;
  const p = repeated ? permutationP(distanceOf, baseline, scaled, distance, random) : null;
  const verdict = margin === undefined ? null : judge(interval, chance, margin);
  return { distance, interval, yardstick, chance, p, margin: margin ?? null, verdict };
}

/** Where there is nothing to tell a distance by. @param verdict what that comes to, where one was asked for */
export function withoutDistance(margin: number | undefined, verdict: Equivalence): DistanceComparison {
  const unknown = { distance: null, interval: null, yardstick: null, chance: null, p: null };
  return { ...unknown, margin: margin ?? null, verdict: margin === undefined ? null : verdict };
}

function intervalOf(
  distanceOf: DistanceOf,
  baseline: readonly number[],
  scaled: readonly number[],
  distance: number,
  random: Random,
): DistanceComparison["interval"] {
  const resamples = Array.from({ length: RESAMPLES }, () =>
    distanceOf(resampled(baseline, random), resampled(scaled, random)),
  );
  // Those that can be told would make it narrower than it is.
  if (resamples.some(Number.isNaN)) return null;
  const interval = standardErrorInterval(distance, resamples, Math.min(baseline.length, scaled.length));
  return interval && { ...interval, low: Math.max(0, interval.low) };
}

function judge(interval: DistanceComparison["interval"], chance: number | null, margin: number): Equivalence {
  const { low, high } = interval ?? { low: null, high: null };
  if (high !== null && high <= margin) return "equivalent";
  return low !== null && chance !== null && low - chance > margin ? "different" : "inconclusive";
}

function meanPairwise(distanceOf: DistanceOf, runs: readonly number[]): number {
  const distances = runs.flatMap((one, i) => runs.slice(i + 1).map((other) => distanceOf([one], [other])));
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

function permutationP(
  distanceOf: DistanceOf,
  baseline: readonly number[],
  scaled: readonly number[],
  found: number,
  random: Random,
): number {
  const all = [...baseline, ...scaled];
  // What is the same but for rounding counts as at least as large, and so does what cannot be told.
  const atLeast = (group: readonly number[]) => {
    const rest = all.filter((run) => !group.includes(run));
    return !(distanceOf(group, rest) < found * (1 - 1e-9));
  };
  if (binomial(all.length, baseline.length) <= MOST_WAYS) {
    const ways = choices(all, baseline.length);
    return ways.filter(atLeast).length / ways.length;
  }
  let large = 0;
  for (let i = 0; i < MOST_WAYS; i++) if (atLeast(shuffled(all, random).slice(0, baseline.length))) large++;
  return (large + 1) / (MOST_WAYS + 1);
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}

function choices(items: readonly number[], k: number): number[][] {
  if (k === 0) return [[]];
  return items.flatMap((item, i) => choices(items.slice(i + 1), k - 1).map((rest) => [item, ...rest]));
}
