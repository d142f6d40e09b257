import type { MetricSummary } from "../metrics/extraction.js";
import type { ReportedTopology } from "./topology.js";

/** All that a report shows, as plain JSON; the page is drawn from nothing else. */
export interface ReportData {
  readonly version: 1;
  readonly experiment: string;
  readonly description: string | null;
  /** ISO 8601, real. */
  readonly made: string;
  readonly verdict: ReportVerdict;
  /** The baseline first; none in a validation of which no run counts. */
  readonly runs: readonly ReportedRun[];
  /** One per colour and line style: a run each, or all runs of a TDF. */
  readonly series: readonly Series[];
  /** What each metric came to with each value of what a validation has varied; null where nothing was. */
  readonly variation: ReportedVariation | null;
  /** What was asked of a validation; null for runs. */
  readonly validation: ReportedValidation | null;
  /** Everything else against the baseline; empty for a single run. */
  readonly comparisons: readonly ReportedComparison[];
  readonly metrics: readonly ReportedMetric[];
  readonly resources: ResourceCharts;
  readonly topology: ReportedTopology;
  /** What to know before one trusts it, one line each. */
  readonly notes: readonly string[];
}

export type Tone = "good" | "doubtful" | "bad";

/** Said in words; `tone` only adds a sign and a colour. */
export interface Said {
  /** "trustworthy", "equivalent" */
  readonly word: string;
  readonly tone: Tone;
  /** One sentence. */
  readonly sentence: string;
}

export interface ReportVerdict {
  /** What became of those runs that did not complete; null where all have. */
  readonly outcome: Said | null;
  /** Whether the emulation kept up: the worst of the runs. */
  readonly trust: Said;
  /** Whether the runs say the same; null for a single one. */
  readonly agreement: Said | null;
}

export interface Series {
  readonly label: string;
  readonly isBaseline: boolean;
}

export interface ReportedRun {
  readonly path: string;
  /** "TDF 5", and a number behind it where several have the same. */
  readonly label: string;
  /** Index into `series`. */
  readonly series: number;
  /** NUM or NUM/DEN. */
  readonly tdf: string;
  readonly seed: number;
  readonly began: string;
  readonly outcome: string;
  /** Whether it was begun though the host's capacity was too small. */
  readonly overcommit: boolean;
  /** As fidelity.json has it; null where the run left none. */
  readonly trust: Said | null;
  readonly links: string;
  readonly host: string;
  readonly diecast: string;
  readonly node: string;
  /** Virtual, from the beginning of the warm-up. */
  readonly measure: { readonly beginS: number; readonly endS: number };
  readonly metrics: readonly MetricSummary[];
  readonly lateness: readonly Lateness[];
  readonly events: readonly { readonly what: string; readonly atS: number }[];
  readonly warnings: readonly string[];
}

/** How late the emulation was, as guests perceive it. */
export interface Lateness {
  readonly what: "packets" | "disk replies" | "waits for a processor";
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  /** What 99 of 100 may be late. */
  readonly limitNs: number;
  /** [upper bound in ns, share of all], rising; null where the run did not record them. */
  readonly bins: readonly (readonly [number, number])[] | null;
}

/** "sessions", and what came of 15, 75 and 150 of them. */
export interface ReportedVariation {
  readonly name: string;
  readonly values: readonly string[];
  /** All that is judged. */
  readonly charts: readonly VariationChart[];
}

export interface VariationChart {
  readonly metric: string;
  /** "mean", "p95", "value" */
  readonly quantity: string;
  readonly unit: string;
  readonly lines: readonly {
    /** Index into `series`. */
    readonly series: number;
    /** One for each value that has any: over the repeats. */
    readonly points: readonly {
      readonly value: string;
      readonly mean: number;
      readonly least: number;
      readonly most: number;
    }[];
  }[];
}

/** What a metric's values look like, for each run that has it. */
export interface ReportedMetric {
  /** "sessions = 15": of the runs with this value; null where nothing varies. */
  readonly of: string | null;
  readonly name: string;
  readonly unit: string;
  readonly kind: "csv" | "pattern";
  readonly runs: readonly MetricOfRun[];
  /** Width of the bins of `overTime` in virtual seconds; null where that counts values. */
  readonly binS: number | null;
}

export interface MetricOfRun {
  /** Index into `runs`. */
  readonly run: number;
  readonly values: number;
  /** csv: [value, share of values that are at most it]; for a pattern empty. */
  readonly cdf: readonly (readonly [number, number])[];
  /**
   * csv: [seconds since the measuring began, completions per virtual second]; pattern: [n, the guests' nth values
   * combined].
   */
  readonly overTime: readonly (readonly [number, number])[];
}

export interface ResourceCharts {
  /** Groups that are shown, in the plan's order. */
  readonly groups: readonly ResourceGroup[];
  /** Groups that are shown nowhere, for want of room. */
  readonly leftOut: readonly string[];
}

export interface ResourceGroup {
  /** As in ReportedMetric. */
  readonly of: string | null;
  readonly group: string;
  readonly guests: number;
  /** Perceived, of each guest. */
  readonly coresLimit: number | null;
  readonly panels: readonly ResourcePanel[];
}

export type ResourceQuantity = "cpu" | "memory" | "sent" | "received" | "disk";

export interface ResourcePanel {
  readonly quantity: ResourceQuantity;
  readonly runs: readonly {
    readonly run: number;
    /** How many samples each point stands for at most: above 1 the data are thinned. */
    readonly samplesPerPoint: number;
    readonly points: readonly ResourcePoint[];
  }[];
}

/** Of the group's guests at a virtual time: in cores, bytes, bit/s, bit/s, B/s. */
export interface ResourcePoint {
  readonly atS: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export interface ReportedValidation {
  readonly path: string;
  /** Arguments of diecast. */
  readonly command: readonly string[];
  readonly repeat: number;
  /** Arguments of diecast that added to what `command` began; null: nothing was added. */
  readonly continued: readonly string[] | null;
  /** Runs that do not count, each with the reason. */
  readonly leftOut: readonly string[];
}

/** One side against the baseline. */
export interface ReportedComparison {
  /** As in ReportedMetric. */
  readonly of: string | null;
  readonly baseline: string;
  readonly scaled: string;
  readonly verdict: Said;
  readonly lines: readonly ErrorLine[];
  readonly notes: readonly string[];
}

/** A number of both sides and how far they are apart. `null`: missing, or not known of these. */
export interface ErrorLine {
  /** "latency", "cpu of web" */
  readonly what: string;
  /** "mean", "p95", "value"; "KS", "area": a distance instead of an error. */
  readonly quantity: string;
  readonly unit: string;
  readonly isDistance: boolean;
  readonly baseline: number | null;
  readonly scaled: number | null;
  /** (scaled - baseline) ÷ |baseline|, or the distance. */
  readonly error: number | null;
  /** 95 % confidence interval of `error`. */
  readonly interval: { readonly low: number | null; readonly high: number | null } | null;
  /** How far apart runs of the baseline are: standard deviation ÷ |mean|, or the mean distance. */
  readonly spread: number | null;
  readonly margin: number | null;
  /** Of a distance: how often chance alone makes it as large. */
  readonly p: number | null;
  /** "within", "outside"; of repeated runs "equivalent", "different", "inconclusive". */
  readonly verdict: string | null;
}
