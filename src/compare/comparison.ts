import { DieCastError } from "../errors.js";
import type { MetricSummary } from "../metrics/extraction.js";
import type { RunSummary } from "../metrics/summary.js";
import type { Judged, Tolerances } from "./tolerance.js";

export type Verdict = "within" | "outside" | "not-comparable";

/** One number of both runs. */
export interface Line {
  readonly quantity: Judged | "p99" | "count";
  /** `null`: missing. */
  readonly baseline: number | null;
  readonly scaled: number | null;
  /** (scaled - baseline) ÷ |baseline|; null where that is no number. For `ks` the distance is in `distance`. */
  readonly error: number | null;
  /** The KS distance, 0 to 1. */
  readonly distance: number | null;
  readonly tolerance: number | null;
  /** `null`: only shown. */
  readonly within: boolean | null;
}

export interface MetricComparison {
  readonly name: string;
  readonly unit: string;
  readonly kind: MetricSummary["kind"];
  readonly lines: readonly Line[];
  readonly notes: readonly string[];
}

/** Two runs side by side. */
export interface Comparison {
  readonly verdict: Verdict;
  readonly baseline: RunHead;
  readonly scaled: RunHead;
  readonly metrics: readonly MetricComparison[];
  /** What to know before one trusts it, one line each. */
  readonly notes: readonly string[];
}

export interface RunHead {
  readonly path: string;
  readonly experiment: string;
  readonly tdf: string;
  readonly seed: number;
  readonly warnings: number;
}

/**
 * Compares a metric that both runs have.
 * @param ks the distance of their values, where those are distributions
 * @throws DieCastError `invalid-option` if it is a distribution in one of them only
 */
export function compareMetric(
  baseline: MetricSummary,
  scaled: MetricSummary,
  ks: number | undefined,
  tolerances: Tolerances,
): MetricComparison {
  const { name, unit, kind } = baseline;
  const notes =
    unit === scaled.unit ? [] : [`${name}: the units differ: ${describe(unit)}, ${describe(scaled.unit)}`];
  if (baseline.kind === "pattern" && scaled.kind === "pattern") {
    const lines = [relative("value", baseline.value, scaled.value, tolerances.value)];
    return { name, unit, kind, lines, notes };
  }
  if (baseline.kind !== "csv" || scaled.kind !== "csv") {
    throw new DieCastError(
      "invalid-option",
      `${name}: a single value in one run, a distribution in the other`,
    );
  }
  const [a, b] = [baseline.distribution, scaled.distribution];
  const one = (quantity: "mean" | "p50" | "p95" | "p99", tolerance?: number) =>
    relative(quantity, a?.[quantity] ?? null, b?.[quantity] ?? null, tolerance);
  const lines = [
    one("mean", tolerances.mean),
    one("p50", tolerances.p50),
    one("p95", tolerances.p95),
    one("p99"),
    relative("count", a?.count ?? 0, b?.count ?? 0, undefined),
    distance(ks, tolerances.ks),
  ];
  return { name, unit, kind, lines, notes };
}

function describe(unit: string): string {
  return unit === "" ? "none" : unit;
}

function relative(
  quantity: Line["quantity"],
  baseline: number | null,
  scaled: number | null,
  tolerance: number | undefined,
): Line {
  const error = relativeError(baseline, scaled);
  return {
    quantity,
    baseline,
    scaled,
    error,
    distance: null,
    tolerance: tolerance ?? null,
    within: judge(baseline, scaled, error, tolerance),
  };
}

// Nothing measured in either run says nothing; in just one of them, or a change from zero, it is a difference.
function judge(
  baseline: number | null,
  scaled: number | null,
  error: number | null,
  tolerance: number | undefined,
): boolean | null {
  if (tolerance === undefined || (baseline === null && scaled === null)) return null;
  return error !== null && Math.abs(error) <= tolerance;
}

function distance(ks: number | undefined, tolerance: number | undefined): Line {
  return {
    quantity: "ks",
    baseline: null,
    scaled: null,
    error: null,
    distance: ks ?? null,
    tolerance: tolerance ?? null,
    within: tolerance === undefined || ks === undefined ? null : ks <= tolerance,
  };
}

/** Null where there is no number to divide by. */
function relativeError(baseline: number | null, scaled: number | null): number | null {
  if (baseline === null || scaled === null) return null;
  if (baseline === scaled) return 0;
  return baseline === 0 ? null : (scaled - baseline) / Math.abs(baseline);
}

/** The sum over all that is judged; nothing that could be judged is no agreement. */
export function verdictOf(metrics: readonly MetricComparison[]): Verdict {
  const judged = metrics
    .flatMap(({ lines }) => lines.map((line) => line.within))
    .filter((within) => within !== null);
  if (judged.length === 0) return "not-comparable";
  return judged.every((within) => within) ? "within" : "outside";
}

export function headOf(path: string, summary: RunSummary): RunHead {
  const { experiment, tdf, seed, warnings } = summary;
  return { path, experiment, tdf, seed, warnings: warnings.length };
}
