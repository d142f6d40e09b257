import type { MetricSummary } from "../metrics/extraction.js";
import type { Judged } from "./tolerance.js";

/**
 * What repeated runs allow to say of a quantity, with 95 % confidence:
 * - `equivalent`: it is within the margin (not just "not shown to differ")
 * - `different`: it is outside the margin
 * - `inconclusive`: neither is shown; more repeats or less noise would tell
 */
export type Equivalence = "equivalent" | "different" | "inconclusive";

/** What a set of quantities comes to; `not-comparable`: there is nothing that both sides measured and a run can be trusted with. */
export type SetVerdict = Equivalence | "not-comparable";

/** A 95 % confidence interval. `null`: without bound on that side, or none known. */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

/** What the repeats of one side came to. */
export interface Repeats {
  /** In the order of the repetitions; `null`: that run did not measure it. */
  readonly values: readonly (number | null)[];
  /** Of those that are there; `null` if none is. */
  readonly mean: number | null;
  /** Standard deviation between repeats (n - 1) ÷ |mean|; `null` with fewer than two, or a mean of 0. The yardstick. */
  readonly spread: number | null;
}

/** A number that each run has, compared by its relative error. */
export interface QuantityComparison {
  readonly quantity: Exclude<Judged, "ks"> | "p99" | "count";
  readonly baseline: Repeats;
  readonly scaled: Repeats;
  /** (mean scaled - mean baseline) ÷ |mean baseline|; `null` where that is no number. */
  readonly error: number | null;
  /** Whether runs of the same seed were compared pair by pair. */
  readonly paired: boolean;
  /** Of the error, by Student's t of pairs or Welch's t, and Fieller's theorem: what the verdict rests on. `null`: fewer than two repeats. */
  readonly interval: Interval | null;
  /** Of the error, by resampling whole runs: a second opinion that assumes no normal distribution. */
  readonly bootstrap: Interval | null;
  /** The larger of the two one-sided tests' p-values (TOST): below 0.025 it is equivalent. `null` without a margin. */
  readonly equivalenceP: number | null;
  /** As a share of the baseline; `null`: shown and not judged. */
  readonly margin: number | null;
  readonly verdict: Equivalence | null;
  /** Absent where runs do not tell. Shown, and not judged: a TDF that slowed cores by itself would not be found by it. */
  readonly atEqualSpeed?: AtEqualSpeed;
}

/** What an error would be, had the host's cores (`coreStepsPerSecond`) been as fast for all runs. */
export interface AtEqualSpeed {
  readonly error: number;
  /** 95 %. */
  readonly interval: { readonly low: number; readonly high: number };
  /** Values go with the cores' speed to this power: 1 for throughput that the processor limits, 0 where it does not matter. */
  readonly exponent: number;
}

/**
 * A distance between two sides that cannot be negative: of distributions (Kolmogorov–Smirnov, 0 to 1) or of curves (the area
 * between the mean curves ÷ the area below the baseline's).
 */
export interface DistanceComparison {
  /** Between all of the baseline's repeats together and all of the scaled ones. */
  readonly distance: number | null;
  /** By resampling whole runs. */
  readonly interval: Interval | null;
  /** Mean distance between two repeats of the baseline: how far apart runs of the same are. `null` with fewer than two. */
  readonly yardstick: number | null;
  /** The distance that chance alone gives between sides of this many repeats, from the yardstick. */
  readonly chance: number | null;
  /**
   * Of all ways to divide the runs into two such sides, the share with a distance at least this large: an exact test that
   * both are the same. With few repeats it cannot be small: 0.1 at best with 3 and 3, 0.008 with 5 and 5. `null`: fewer than two repeats.
   */
  readonly p: number | null;
  readonly margin: number | null;
  readonly verdict: Equivalence | null;
}

/** Two distributions. */
export interface DistributionComparison extends DistanceComparison {
  /** As if all values were independent of each other, which values of one run are not: far too small where they are many. */
  readonly independentP: number | null;
  /** The distribution functions at the same values, for drawing: shares of values at most `values[i]`. */
  readonly curves: {
    readonly values: readonly number[];
    readonly baseline: readonly number[];
    readonly scaled: readonly number[];
  } | null;
}

export interface SetMetricComparison {
  readonly name: string;
  readonly unit: string;
  readonly kind: MetricSummary["kind"];
  readonly quantities: readonly QuantityComparison[];
  /** Of csv metrics. */
  readonly ks: DistributionComparison | null;
}

/** A curve over virtual time, one number for each cell of `atS`. `null`: nothing known there. */
export interface Curve {
  readonly mean: readonly (number | null)[];
  /** The least and the most of any repeat. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export type ProfileResource = "cpu" | "memory" | "sent" | "received" | "disk read" | "disk written";

/** What a group of guests used of a resource over the measuring phase; per guest, as perceived. */
export interface ProfileComparison extends DistanceComparison {
  readonly group: string;
  readonly resource: ProfileResource;
  /** cores, B, bit/s or B/s. */
  readonly unit: string;
  /** Ends of the cells, virtual seconds since measuring began. */
  readonly atS: readonly number[];
  readonly baseline: Curve;
  readonly scaled: Curve;
}

/** The repeats at one TDF against those of the baseline. */
export interface SetComparison {
  /** "10", "1/3": of the scaled side. */
  readonly tdf: string;
  /** Over all that has a margin: all equivalent, any different, else inconclusive. */
  readonly verdict: SetVerdict;
  /** Whether the same seeds are on both sides, each once: then errors are judged pair by pair. */
  readonly paired: boolean;
  /** How many runs each side rests on. */
  readonly baselineRuns: number;
  readonly scaledRuns: number;
  readonly metrics: readonly SetMetricComparison[];
  readonly profiles: readonly ProfileComparison[];
  /** What to know before one trusts it, one line each. */
  readonly notes: readonly string[];
}

/**
 * All equivalent: each was tested by itself, and all have to pass, so that no correction for their number is due (Berger 1982).
 * One that is different is a difference.
 */
export function verdictOver(verdicts: readonly Equivalence[]): SetVerdict {
  if (verdicts.length === 0) return "not-comparable";
  if (verdicts.includes("different")) return "different";
  return verdicts.includes("inconclusive") ? "inconclusive" : "equivalent";
}

/** What is left of a verdict when some runs did not measure what it is about: that the others are equivalent is not enough. */
export function verdictOfSome(verdict: Equivalence | null): Equivalence | null {
  return verdict === "equivalent" ? "inconclusive" : verdict;
}

/** Any different TDF is a difference; else one that could not be compared leaves the question open. */
export function overallVerdict(comparisons: readonly SetComparison[]): SetVerdict {
  const verdicts = comparisons.map(({ verdict }) => verdict);
  const worst: readonly SetVerdict[] = ["different", "not-comparable", "inconclusive"];
  return (
    worst.find((verdict) => verdicts.includes(verdict)) ??
    (verdicts.length === 0 ? "not-comparable" : "equivalent")
  );
}
