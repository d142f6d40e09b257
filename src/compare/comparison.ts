import { DieCastError } from "../errors.js";
import type { MetricSummary } from "../metrics/extraction.js";
import type { RunSummary } from "../metrics/summary.js";
import { relativeError } from "./quantities.js";
import { type Equivalence, type Interval, verdictOver } from "./set_comparison.js";
import type { Judged, Margins, Tolerances } from "./tolerance.js";
import type { WithinRun } from "./within_run.js";

/** By a tolerance: within, outside. By a margin: what the intervals show. */
export type Verdict = "within" | "outside" | Equivalence | "not-comparable";

/** What two runs are judged by: how far they were apart, or what their intervals allow to say of how far they are. */
export type Criteria =
  | { readonly by: "tolerance"; readonly most: Tolerances }
  | { readonly by: "margin"; readonly most: Margins };

export interface KsResult {
  readonly distance: number;
  /** As if all values were independent of each other. */
  readonly p: number;
}

/** One number of both runs. */
export interface Line {
  readonly quantity: Judged | "p99" | "count";
  /** `null`: missing. */
  readonly baseline: number | null;
  readonly scaled: number | null;
  /** (scaled - baseline) ÷ |baseline|; null where that is no number. For `ks` the distance is in `distance`. */
  readonly error: number | null;
  /** 95 %, of the error, by drawing blocks of each run's time again; null where that cannot be told. */
  readonly interval: Interval | null;
  /** The KS distance, 0 to 1. */
  readonly distance: number | null;
  /** How likely values that all were independent are to be that far apart: those of a run are not, so it is too small. */
  readonly p: number | null;
  /** Tolerance or margin. */
  readonly tolerance: number | null;
  /** By a tolerance; `null`: only shown. */
  readonly within: boolean | null;
  /** By a margin; `null`: only shown. */
  readonly equivalence: Equivalence | null;
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
 * @param ks of their values, where those are distributions
 * @throws DieCastError `invalid-option` if it is a distribution in one of them only
 */
export function compareMetric(
  baseline: MetricSummary,
  scaled: MetricSummary,
  ks: KsResult | undefined,
  intervals: WithinRun,
  criteria: Criteria,
): MetricComparison {
  const { name, unit, kind } = baseline;
  const notes =
    unit === scaled.unit ? [] : [`${name}: the units differ: ${describe(unit)}, ${describe(scaled.unit)}`];
  const one = (quantity: "value" | "mean" | "p50" | "p95" | "p99", a: number | null, b: number | null) =>
    relative(quantity, a, b, intervals.get(quantity) ?? null, criteria);
  if (baseline.kind === "pattern" && scaled.kind === "pattern") {
    return { name, unit, kind, lines: [one("value", baseline.value, scaled.value)], notes };
  }
  if (baseline.kind !== "csv" || scaled.kind !== "csv") {
    throw new DieCastError(
      "invalid-option",
      `${name}: a single value in one run, a distribution in the other`,
    );
  }
  const [a, b] = [baseline.distribution, scaled.distribution];
  const quantities = ["mean", "p50", "p95", "p99"] as const;
  const lines = [
    ...quantities.map((quantity) => one(quantity, a?.[quantity] ?? null, b?.[quantity] ?? null)),
    relative("count", a?.count ?? 0, b?.count ?? 0, null, criteria),
    distance(ks, criteria),
  ];
  return { name, unit, kind, lines, notes };
}

function describe(unit: string): string {
  return unit === "" ? "none" : unit;
}

function relative(
  quantity: Exclude<Line["quantity"], "ks">,
  baseline: number | null,
  scaled: number | null,
  interval: Interval | null,
  { by, most }: Criteria,
): Line {
  const error = relativeError(baseline, scaled);
  const allowed = quantity === "p99" || quantity === "count" ? undefined : most[quantity];
  const judged = allowed !== undefined && !(baseline === null && scaled === null);
  return {
    quantity,
    baseline,
    scaled,
    error,
    interval,
    distance: null,
    p: null,
    tolerance: allowed ?? null,
    within: judged && by === "tolerance" ? isWithin(error, allowed) : null,
    equivalence: by === "margin" && allowed !== undefined ? shown(judged, error, interval, allowed) : null,
  };
}

// Nothing measured in just one of them, or a change from zero, is a difference.
function isWithin(error: number | null, allowed: number): boolean {
  return error !== null && Math.abs(error) <= allowed;
}

function shown(
  measured: boolean,
  error: number | null,
  interval: Interval | null,
  margin: number,
): Equivalence {
  if (!measured) return "inconclusive";
  if (error === null) return "different";
  const { low, high } = interval ?? { low: null, high: null };
  if (low === null || high === null) return "inconclusive";
  if (low >= -margin && high <= margin) return "equivalent";
  return low > margin || high < -margin ? "different" : "inconclusive";
}

function distance(ks: KsResult | undefined, { by, most }: Criteria): Line {
  const allowed = most.ks;
  return {
    quantity: "ks",
    baseline: null,
    scaled: null,
    error: null,
    interval: null,
    distance: ks?.distance ?? null,
    p: ks?.p ?? null,
    tolerance: allowed ?? null,
    within: allowed === undefined || ks === undefined || by === "margin" ? null : ks.distance <= allowed,
    // How far two single runs of the same would be apart is not known.
    equivalence: allowed === undefined || by === "tolerance" ? null : "inconclusive",
  };
}

/** The sum over all that is judged; nothing that could be judged is no agreement. */
export function verdictOf(metrics: readonly MetricComparison[]): Verdict {
  const lines = metrics.flatMap((metric) => metric.lines);
  const judged = lines.map(({ within }) => within).filter((within) => within !== null);
  const tested = lines.map(({ equivalence }) => equivalence).filter((one) => one !== null);
  if (tested.length > 0) return verdictOver(tested);
  if (judged.length === 0) return "not-comparable";
  return judged.every((within) => within) ? "within" : "outside";
}

export function headOf(path: string, summary: RunSummary): RunHead {
  const { experiment, tdf, seed, warnings } = summary;
  return { path, experiment, tdf, seed, warnings: warnings.length };
}
