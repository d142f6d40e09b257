import type { Histogram } from "../host/links/backend.js";
import { histogramQuantile, histogramSince } from "../metrics/histogram.js";

/** How late something was, as guests perceive it, in virtual ns. */
export interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** [upper bound of the bin in virtual ns (inclusive), count], without empty bins, rising. */
export type VirtualBins = readonly (readonly [number, number])[];

/** What a histogram of real nanoseconds took up between two readings, in virtual ones. */
export function latenessBetween(
  begin: Histogram | undefined,
  end: Histogram,
  tdf: number,
): { readonly quantiles: Lateness; readonly bins: VirtualBins } {
  const late = histogramSince(end, begin);
  const share = (quantile: number) => (histogramQuantile(late, quantile) ?? 0) / tdf;
  return {
    quantiles: { p50: share(0.5), p99: share(0.99), max: share(1) },
    bins: late.bins.map(([bound, count]) => [bound / tdf, count]),
  };
}
