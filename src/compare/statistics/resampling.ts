import type { Interval } from "../set_comparison.js";
import { normalCdf, studentQuantile } from "./probabilities.js";
import type { Random } from "./random.js";

/** As many items, each drawn from all of them. */
export function resampled<T>(items: readonly T[], random: Random): T[] {
  return items.map(() => items[Math.floor(random() * items.length)] as T);
}

/**
 * The 95 % interval of a statistic by the bootstrap: quantiles of what it came to in resamples (Efron 1979), taken further out
 * for a small n by as much as Student's t is wider than the normal distribution, times √(n ÷ (n - 1)): Hesterberg, "What
 * teachers should know about the bootstrap", 2015, "expanded percentile". No resample lies beyond the data, though, so that
 * below six it covers less: 1 - 2^(1-n) at most, 94 % with five, 50 % with two. BCa is no remedy at such n: its acceleration
 * would rest on n jackknife values.
 * @param statistics of the resamples; others than finite numbers are not taken
 * @param n how many independent things were drawn from, of the smaller side
 */
export function percentileInterval(statistics: readonly number[], n: number): Interval | null {
  const sorted = Float64Array.from(statistics.filter(Number.isFinite)).sort();
  if (sorted.length === 0 || n < 2) return null;
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * studentQuantile(0.975, n - 1));
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * The 95 % interval of a statistic by Student's t with the bootstrap's standard error, which resampling makes too small by
 * √((n - 1) ÷ n) (Hesterberg 2015, "t with bootstrap standard error"). Symmetric, and honest for small n: it reaches beyond the data.
 * @param estimate the statistic itself
 * @param statistics, n as above
 */
export function standardErrorInterval(
  estimate: number,
  statistics: readonly number[],
  n: number,
): { readonly low: number; readonly high: number } | null {
  if (statistics.length < 2 || n < 2) return null;
  const mean = statistics.reduce((sum, one) => sum + one, 0) / statistics.length;
  const squares = statistics.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const error = Math.sqrt((squares / (statistics.length - 1)) * (n / (n - 1)));
  const reach = studentQuantile(0.975, n - 1) * error;
  return { low: estimate - reach, high: estimate + reach };
}

/** With linear interpolation between ranks (Hyndman and Fan 1996, type 7). @param sorted not empty */
export function quantile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (above - below) * (rank - Math.floor(rank));
}
