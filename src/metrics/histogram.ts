import type { Histogram } from "../host/links/backend.js";

/** What a growing histogram took up since an earlier reading of it. Its `max` is the upper bound of its last bin. */
export function histogramSince(after: Histogram, before: Histogram | undefined): Histogram {
  if (before === undefined) return after;
  const earlier = new Map(before.bins);
  const bins = after.bins
    .map(([bound, count]): [number, number] => [bound, count - (earlier.get(bound) ?? 0)])
    .filter(([, count]) => count > 0);
  return {
    bins,
    count: Math.max(0, after.count - before.count),
    sum: Math.max(0, after.sum - before.sum),
    max: Math.min(after.max, bins.at(-1)?.[0] ?? 0),
  };
}

/** The upper bound of the bin that holds the quantile; undefined if nothing was counted. */
export function histogramQuantile(histogram: Histogram, share: number): number | undefined {
  const total = histogram.bins.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let left = Math.max(1, Math.ceil(share * total));
  for (const [bound, count] of histogram.bins) {
    left -= count;
    if (left <= 0) return Math.min(bound, histogram.max);
  }
  return histogram.max;
}
