import { join } from "node:path";
import { DieCastError } from "../errors.js";
import { valuesFile } from "../metrics/summary.js";
import { type DistributionComparison, verdictOfSome } from "./set_comparison.js";
import type { Sides } from "./sides.js";
import { compareDistance, withoutDistance } from "./statistics/distances.js";
import { curvesOf, distributionFunctions, pooledDistance } from "./statistics/distributions.js";
import { ksPValue } from "./statistics/kolmogorov_smirnov.js";
import type { Random } from "./statistics/random.js";
import type { Margins } from "./tolerance.js";
import { readSortedValues } from "./values.js";

/**
 * Compares the distributions of a metric's values, those of a side together.
 * @param notes takes what could not be read, or is not there
 */
export async function compareDistributions(
  name: string,
  { all, baseline, scaled }: Sides,
  margin: Margins["ks"],
  random: Random,
  notes: string[],
): Promise<DistributionComparison> {
  const values: Float64Array[] = [];
  const unreadable = new Set<number>();
  for (const [run, { path }] of all.entries()) {
    try {
      values.push(await readSortedValues(join(path, valuesFile(name))));
    } catch (error) {
      if (!(error instanceof DieCastError)) throw error;
      notes.push(`${name}: no values for its distribution: ${error.message}`);
      values.push(new Float64Array());
      unreadable.add(run);
    }
  }
  // A run without values has no distribution.
  const measured = (runs: readonly number[]) =>
    runs.filter((run) => (values[run] as Float64Array).length > 0);
  const [a, b] = [measured(baseline), measured(scaled)];
  if (a.length === 0 || b.length === 0) {
    // Nothing on just one side is a difference, unless it is a file that is lost.
    const nothing = a.length + b.length === 0;
    if (nothing && margin !== undefined) notes.push(`${name}: no run has values for its distribution`);
    const verdict = nothing || unreadable.size > 0 ? "inconclusive" : "different";
    return { ...withoutDistance(margin, verdict), independentP: null, curves: null };
  }
  const empty = all.length - a.length - b.length - unreadable.size;
  if (empty > 0) notes.push(`${name}: ${empty} of ${all.length} runs have no values for its distribution`);
  const functions = distributionFunctions(values);
  const found = compareDistance(pooledDistance(functions), a, b, margin, random);
  const size = (runs: readonly number[]) =>
    runs.reduce((sum, run) => sum + (functions.sizes[run] as number), 0);
  return {
    ...found,
    verdict: a.length + b.length < all.length ? verdictOfSome(found.verdict) : found.verdict,
    independentP: found.distance === null ? null : ksPValue(found.distance, size(a), size(b)),
    curves: curvesOf(functions, a, b),
  };
}
