import type { PipeParameters } from "../../../spec/experiment.js";

type Distribution = PipeParameters["jitterDistribution"];

/** What netem calls 1 in a table, NETEM_DIST_SCALE; values are 16 bits with a sign, so within ± 4. */
const SCALE = 8192;
const MOST = 32767;
/** The kernel takes up to 16,384; a quantile every 1/4096 is finer than any run can tell. */
const SIZE = 4096;

/**
 * By how much a table is made narrower, and the jitter given to netem larger, so that tails longer than four standard
 * deviations have room.
 */
export const STRETCH: Readonly<Record<Distribution, number>> = {
  uniform: 1,
  normal: 1,
  pareto: 4,
  exponential: 4,
};

/** Where `share` of all values lies below, in units of the jitter; mean zero. As native/net/jitter.h draws them. */
const QUANTILES: Readonly<Record<Distribution, (share: number) => number>> = {
  uniform: (share) => 2 * share - 1,
  normal: normalQuantile,
  // Shape 3: mean 3/2, variance 3/4.
  pareto: (share) => ((1 - share) ** (-1 / 3) - 1.5) / Math.sqrt(0.75),
  exponential: (share) => -Math.log(1 - share) - 1,
};

/** A table as tc reads it (NAME.dist): the inverse of the cumulative distribution at equal steps. */
export function jitterTable(distribution: Distribution): string {
  const quantile = QUANTILES[distribution];
  const stretch = STRETCH[distribution];
  const values = Array.from({ length: SIZE }, (_, i) => {
    const value = Math.round((quantile((i + 0.5) / SIZE) / stretch) * SCALE);
    return Math.max(-MOST, Math.min(MOST, value));
  });
  const rows = Array.from({ length: SIZE / 8 }, (_, row) => values.slice(row * 8, row * 8 + 8).join(" "));
  return `# ${distribution}\n${rows.join("\n")}\n`;
}

/** Acklam's rational approximation of the standard normal's quantile function; relative error below 1.2e-9. */
function normalQuantile(share: number): number {
  const TAIL = 0.02425;
  if (share > 0.5) return -normalQuantile(1 - share);
  if (share < TAIL) {
    const q = Math.sqrt(-2 * Math.log(share));
    return (
      polynomial(
        [
          -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
          4.374664141464968, 2.938163982698783,
        ],
        q,
      ) / polynomial([7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1], q)
    );
  }
  const q = share - 0.5;
  const r = q * q;
  return (
    (q *
      polynomial(
        [
          -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
          -3.066479806614716e1, 2.506628277459239,
        ],
        r,
      )) /
    polynomial(
      [
        -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
        -1.328068155288572e1, 1,
      ],
      r,
    )
  );
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
