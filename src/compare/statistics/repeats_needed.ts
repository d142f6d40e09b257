import { judge } from "./equivalence.js";
import { ratioOfMeans, ratioOfPairs } from "./ratio_of_means.js";

/** As many as `--repeat` takes. */
const MOST = 1000;

/**
 * About how many repeats would tell whether an error lies within its margin, if means and variances stay what they are.
 * @param baseline, scaled what the repeats so far came to, at least two of each and undecided
 * @param paired whether the nth of both belong together
 * @param margin as a share of the baseline
 * @returns of the side that has fewer; undefined where 1,000 would not tell
 */
export function repeatsNeeded(
  baseline: readonly number[],
  scaled: readonly number[],
  paired: boolean,
  margin: number,
): number | undefined {
  const repeats = Math.min(baseline.length, scaled.length);
  const ratio = paired ? ratioOfPairs : ratioOfMeans;
  for (let n = repeats + 1; n <= MOST; n++)
    if (judge(ratio(baseline, scaled, n / repeats), margin).verdict !== "inconclusive") return n;
  return undefined;
}
