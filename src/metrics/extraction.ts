import type { Combine, Metric } from "../spec/experiment.js";
import { CsvFile } from "./csv_file.js";
import { extractRows } from "./csv_metric.js";
import type { DistributionSummary } from "./distribution.js";
import { extractLines } from "./pattern_metric.js";

/** The part of a file in which a guest's output of the measuring phase lies; a line counts to where it ends. */
export interface OutputWindow {
  readonly guest: string;
  readonly group: string;
  /** A path on the host. It may be missing: the guest never wrote it. */
  readonly file: string;
  /** Byte offsets. */
  readonly begin: number;
  readonly end: number;
}

/** The measuring phase on the guests' wall clock, ns since 1970. */
export interface MeasuringPhase {
  readonly beginWallNs: bigint;
  readonly endWallNs: bigint;
}

/** What a metric came to. `null` is "missing": nothing was measured, which is not the same as 0. */
export type MetricSummary = {
  readonly name: string;
  readonly unit: string;
  /** The guests' group; of several, all with commas between. */
  readonly guest: string;
  /** How many values it rests on. */
  readonly count: number;
  /** What to know before one trusts it, one line each. */
  readonly warnings: readonly string[];
} & (
  | {
      readonly kind: "pattern";
      readonly perGuest: Combine;
      readonly combine: Combine;
      readonly value: number | null;
      readonly guests: readonly GuestValue[];
    }
  | {
      readonly kind: "csv";
      readonly distribution: DistributionSummary | null;
      readonly guests: readonly GuestDistribution[];
    }
);

export interface GuestValue {
  readonly guest: string;
  readonly count: number;
  readonly value: number | null;
}

export interface GuestDistribution {
  readonly guest: string;
  readonly distribution: DistributionSummary | null;
}

/**
 * Takes a metric from the guests' output, writes each of its values to `valuesFile` (CSV: guest, value, and where rows have a
 * time, virtual seconds since measuring began) and sums them up.
 * Files are streamed: neither they nor their values are held in memory. What the guests did wrong (odd rows, no file, no
 * such column) is in the summary's warnings.
 * @param windows the metric's guests, one or more windows each, in order
 * @throws DieCastError `failed` if a file cannot be read or written
 */
export async function extractMetric(
  metric: Metric,
  windows: readonly OutputWindow[],
  measure: MeasuringPhase,
  valuesFile: string,
): Promise<MetricSummary> {
  const at = metric.kind === "csv" && metric.time !== undefined ? ["at (s)"] : [];
  const value = metric.unit === "" ? "value" : `value (${metric.unit})`;
  const values = new CsvFile(valuesFile, ["guest", value, ...at]);
  try {
    return metric.kind === "pattern"
      ? await extractLines(metric, windows, values)
      : await extractRows(metric, windows, measure, values);
  } finally {
    await values.close();
  }
}
