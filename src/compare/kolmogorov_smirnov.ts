/**
 * The two-sample Kolmogorov–Smirnov distance: the largest difference between the two empirical distribution functions,
 * 0 to 1; undefined if either is empty.
 * @param a sorted
 * @param b sorted
 */
export function ksDistance(a: Float64Array, b: Float64Array): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  let [i, j, most] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const here = Math.min(a[i] as number, b[j] as number);
    // Equal values are one step of both functions.
    while (a[i] === here) i++;
    while (b[j] === here) j++;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}
