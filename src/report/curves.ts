/** Of histograms of lateness, which go over many powers of ten. */
export const BINS_PER_DECADE = 6;
/** Points of an empirical distribution function beyond which no eye sees a difference. */
export const MOST_STEPS = 200;
/** Those that the page has in a table: always kept, so that it says the truth however few there is room for. */
export const TABLE_SHARES: readonly number[] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];
/** Where the tail is, a hundredth is much. */
const TAIL = [0.9975, 0.999, 0.9995, 0.9999];
const MOST_BINS = 40;
const NICE_S = [1, 2, 5];

/**
 * [value, share of values that are at most it] of an empirical distribution function: every step of a small one, of a
 * larger one `most` at equal distances of probability, some in the tail and those of the table. Begins at share 0, ends at 1.
 * @param sorted rising
 */
export function cdfOf(sorted: Float64Array, most = MOST_STEPS): [number, number][] {
  const { length } = sorted;
  if (length === 0) return [];
  const even = Array.from({ length: most }, (_, i) => (i + 1) / most);
  const ranks =
    length <= most
      ? Array.from({ length }, (_, i) => i + 1)
      : [...even, ...TAIL, ...TABLE_SHARES].map((share) => Math.max(1, Math.ceil(share * length - 1e-9)));
  const points = [...new Set(ranks)]
    .sort((a, b) => a - b)
    .map((rank): [number, number] => [sorted[rank - 1] as number, rank / length]);
  return [[sorted[0] as number, 0], ...points];
}

/** A round width (1, 2, 5 × 10^n seconds, or a whole number of minutes) that makes at most 40 bins of a duration. */
export function binWidthS(durationS: number): number {
  const least = durationS / MOST_BINS;
  if (least > 60) return Math.ceil(least / 60) * 60;
  if (least > 20) return least > 30 ? 60 : 30;
  const size = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  const step = NICE_S.find((nice) => nice * size >= least * (1 - 1e-9)) ?? 10;
  return Number((step * size).toPrecision(3));
}

/**
 * [middle of the bin, completions per second] in bins from 0 on. A bin that the end cuts short counts by its own width,
 * and is left out below half of it.
 * @param times seconds since the beginning; those outside [0, durationS) do not count
 */
export function ratesOf(times: Float64Array, durationS: number, widthS: number): [number, number][] {
  const bins = Math.max(1, Math.ceil(durationS / widthS - 1e-9));
  const counts = new Float64Array(bins);
  for (const time of times) {
    if (time >= 0 && time < durationS) {
      const bin = Math.min(bins - 1, Math.floor(time / widthS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return [...counts].flatMap((count, bin): [number, number][] => {
    const own = Math.min(widthS, durationS - bin * widthS);
    if (own < widthS / 2 && bins > 1) return [];
    return [[bin * widthS + own / 2, count / own]];
  });
}

/** Keeps at most `most` of equally spaced values by the mean of neighbours. */
export function thinPairs(points: readonly (readonly [number, number])[], most: number): [number, number][] {
  const per = Math.ceil(points.length / most);
  const result: [number, number][] = [];
  for (let i = 0; i < points.length; i += per) {
    const some = points.slice(i, i + per);
    const mean = (of: 0 | 1) => some.reduce((sum, point) => sum + point[of], 0) / some.length;
    result.push([mean(0), mean(1)]);
  }
  return result;
}

/**
 * Bins of a histogram joined so that each power of ten has at most `perDecade`: [upper bound, share of all].
 * @param bins [upper bound, count], rising
 */
export function logarithmicBins(
  bins: readonly (readonly [number, number])[],
  perDecade: number,
): [number, number][] {
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  const joined = new Map<number, number>();
  for (const [bound, count] of bins) {
    const bin = Math.ceil(Math.log10(Math.max(bound, 1)) * perDecade - 1e-9);
    joined.set(bin, (joined.get(bin) ?? 0) + count);
  }
  return [...joined]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => [10 ** (bin / perDecade), count / total]);
}
