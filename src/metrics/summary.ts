import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../errors.js";
import type { MetricSummary } from "./extraction.js";
import type { ResourceUse } from "./resource_use.js";
import type { SamplerReport } from "./sampler.js";

/** What a run came to: summary.json. It is written last; a run without it did not finish. */
export interface RunSummary {
  readonly version: 1;
  readonly experiment: string;
  /** As users write it: "10", "1/3". */
  readonly tdf: string;
  readonly seed: number;
  /** Virtual, counted from the beginning of the warm-up. */
  readonly measure: { readonly beginS: number; readonly endS: number };
  /** Whether the whole measuring phase took place. */
  readonly complete: boolean;
  readonly metrics: readonly MetricSummary[];
  readonly resources: ResourceUse | null;
  readonly sampling: Omit<SamplerReport, "failure">;
  readonly warnings: readonly string[];
}

const SUMMARY_VERSION = 1;
export const SUMMARY_FILE = "summary.json";

/** Where a metric's values are in a run's folder. */
export function valuesFile(metric: string): string {
  return join("metrics", "values", `${metric}.csv`);
}

/** @param directory the run's, which writes it at once */
export function writeSummary(
  directory: { writeJson(name: string, value: unknown): void },
  summary: Omit<RunSummary, "version">,
): void {
  directory.writeJson(SUMMARY_FILE, { version: SUMMARY_VERSION, ...summary } satisfies RunSummary);
}

/** @throws DieCastError `invalid-option` if there is none, or none that this version can read */
export function readSummary(runDirectory: string): RunSummary {
  const path = join(runDirectory, SUMMARY_FILE);
  let summary: unknown;
  try {
    summary = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing
      ? "is missing: the run did not finish"
      : `cannot be read: ${(cause as Error).message}`;
    throw new DieCastError("invalid-option", `${path} ${why}`, { cause });
  }
  if (isSummary(summary)) return summary;
  const version = (summary as { version?: unknown } | null)?.version;
  const found = version === undefined ? "none" : `version ${JSON.stringify(version)}`;
  const what = version === SUMMARY_VERSION ? "it is damaged" : `found ${found}`;
  throw new DieCastError(
    "invalid-option",
    `${path}: expected a run's summary of version ${SUMMARY_VERSION}, ${what}`,
  );
}

function isSummary(value: unknown): value is RunSummary {
  if (typeof value !== "object" || value === null) return false;
  const { version, experiment, tdf, metrics } = value as Record<string, unknown>;
  return (
    version === SUMMARY_VERSION &&
    typeof experiment === "string" &&
    typeof tdf === "string" &&
    Array.isArray(metrics) &&
    metrics.every(isMetric)
  );
}

function isMetric(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, unit, kind, count } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof unit === "string" &&
    (kind === "pattern" || kind === "csv") &&
    typeof count === "number"
  );
}
