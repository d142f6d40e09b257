/** Mean of several measurements, and how far it may be off. */
export interface Mean {
  readonly value: number;
  /** Of the mean: s ÷ √n; 0 for a single one, of which nothing is known. */
  readonly standardError: number;
  readonly count: number;
}

/** @param values at least one */
export function meanOf(values: readonly number[]): Mean {
  const count = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / count;
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  return { value, standardError: count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count), count };
}

/**
 * The Kolmogorov–Smirnov distance of two samples that were measured with an uncertainty: the largest difference of their
 * distribution functions that moving either sample by up to `blur` does not explain (Lévy's metric with a fixed horizontal
 * part). With a blur of 0 it is the usual distance. Undefined if either is empty.
 * @param a sorted
 * @param b sorted
 * @param blur in the samples' unit
 */
export function blurredDistance(a: Float64Array, b: Float64Array, blur: number): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  return Math.max(0, lead(a, b, blur), lead(b, a, blur));
}

/** How far `early`'s distribution function, moved to the right by `by`, is above `late`'s at most. */
function lead(early: Float64Array, late: Float64Array, by: number): number {
  let [j, most] = [0, 0];
  for (let i = 0; i < early.length; i++) {
    const here = (early[i] as number) + by;
    // Of equal values the last one counts: the function is what lies at or below.
    if ((early[i + 1] as number) === early[i]) continue;
    while (j < late.length && (late[j] as number) <= here) j++;
    most = Math.max(most, (i + 1) / early.length - j / late.length);
  }
  return most;
}

/** Points [value, share] of a sample's distribution function, few enough to draw. */
export function distributionPoints(sorted: Float64Array, most: number): [number, number][] {
  const count = Math.min(most, sorted.length);
  return Array.from({ length: count }, (_, i) => {
    const share = count === 1 ? 1 : i / (count - 1);
    return [sorted[Math.round(share * (sorted.length - 1))] as number, share];
  });
}

/** The value that a share of all are at most. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
