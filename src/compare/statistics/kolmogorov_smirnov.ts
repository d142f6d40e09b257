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

/** Up to this product of the sizes the exact distribution is cheap, and the asymptotic one not yet good (R's ks.test has it too). */
const MOST_EXACT = 10_000;

/**
 * How likely two samples of one continuous distribution are to be at least this far apart; all values independent of each
 * other. Small samples: exact, by counting lattice paths (Hodges, "The significance probability of the Smirnov two-sample
 * test", 1958); with ties it errs on the large side. Large ones: Kolmogorov's limit with Stephens' correction for n ("Use of
 * the Kolmogorov–Smirnov … statistics", 1970), n being mn ÷ (m + n).
 * @param distance ksDistance()
 * @param m, n the sizes, at least 1
 */
export function ksPValue(distance: number, m: number, n: number): number {
  if (m * n <= MOST_EXACT) return exactPValue(distance, m, n);
  const root = Math.sqrt((m * n) / (m + n));
  return kolmogorovTail((root + 0.12 + 0.11 / root) * distance);
}

/** P(K > x) of Kolmogorov's distribution: 2 Σ (-1)^(k-1) exp(-2 k² x²), or for small x, where that converges badly, its theta dual. */
function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  let sum = 0;
  if (x < 1) {
    for (let k = 1; k <= 20; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * x) ** 2);
  return sum;
}

// Of all monotone paths from (0, 0) to (m, n), the share that somewhere comes as far from the diagonal as `distance`. Followed
// are those that do not (as probabilities: their number would overflow).
function exactPValue(distance: number, m: number, n: number): number {
  // Distances are multiples of 1 ÷ mn; half a step below the observed one is the border.
  const border = (Math.round(distance * m * n) - 0.5) / (m * n);
  const stays = (i: number, j: number) => Math.abs(i / m - j / n) < border;
  const row = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (i === 0 && j === 0) row[0] = stays(0, 0) ? 1 : 0;
      else if (!stays(i, j)) row[j] = 0;
      else {
        // A path at (i, j) came from the left or from below, each as often as values of that side were left.
        const below = i === 0 ? 0 : ((row[j] as number) * i) / (i + j);
        const left = j === 0 ? 0 : ((row[j - 1] as number) * j) / (i + j);
        row[j] = below + left;
      }
    }
  }
  return Math.max(0, 1 - (row[n] as number));
}
