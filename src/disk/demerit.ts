/**
 * The demerit figure of Ruemmler and Wilkes (An introduction to disk drive modeling, 1994): the root mean square of the
 * horizontal distance between two distributions, in their unit. Distributions of different size are compared at 10,000
 * equally spaced fractions, with linear interpolation.
 */
export function demerit(values: readonly number[], reference: readonly number[]): number {
  if (values.length === 0 || reference.length === 0) return Number.NaN;
  const a = Float64Array.from(values).sort();
  const b = Float64Array.from(reference).sort();
  const points = a.length === b.length ? a.length : POINTS;
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const x = a.length === b.length ? (a[i] ?? 0) : at(a, i / (points - 1));
    const y = a.length === b.length ? (b[i] ?? 0) : at(b, i / (points - 1));
    sum += (x - y) ** 2;
  }
  return Math.sqrt(sum / points);
}

const POINTS = 10_000;

function at(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
