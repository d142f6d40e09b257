import type { Histogram } from "../host/links/backend.js";
import { histogramQuantile, histogramSince } from "../metrics/histogram.js";

/** What may speak against a run. */
export interface Finding {
  readonly reason: string;
  /** Above 1 it is doubtful, well above it not to be trusted (fidelity.ts). */
  readonly excess: number;
  /** Whether it is less by as much as the TDF is larger. */
  readonly scales: boolean;
}

/** How late something was, as guests perceive it. */
export interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a histogram of real nanoseconds took up between two readings, in virtual ones. */
export function latenessBetween(begin: Histogram | undefined, end: Histogram, tdf: number): Lateness {
  const late = histogramSince(end, begin);
  const share = (quantile: number) => (histogramQuantile(late, quantile) ?? 0) / tdf;
  return { p50: share(0.5), p99: share(0.99), max: share(1) };
}

export function micro(ns: number): string {
  return `${(ns / 1000).toFixed(ns < 10_000 ? 1 : 0)} µs`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
