import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { DieCastError } from "../errors.js";
import type { MetricSummary } from "../metrics/extraction.js";
import { type RunSummary, readSummary, SUMMARY_FILE, valuesFile } from "../metrics/summary.js";
import { type Comparison, compareMetric, headOf, type MetricComparison, verdictOf } from "./comparison.js";
import { ksDistance } from "./kolmogorov_smirnov.js";
import type { Tolerances } from "./tolerance.js";
import { readSortedValues } from "./values.js";

/**
 * Compares what two runs of one experiment measured.
 * @param baseline a run's folder: the one that the other is held against
 * @throws DieCastError `invalid-option` if one of them is no run that finished, or they are of different experiments
 */
export async function compareRuns(
  baseline: string,
  scaled: string,
  tolerances: Tolerances,
): Promise<Comparison> {
  const [a, b] = [readRun(baseline), readRun(scaled)];
  if (a.experiment !== b.experiment) {
    throw new DieCastError(
      "invalid-option",
      `cannot compare a run of ${a.experiment} (${baseline}) with one of ${b.experiment} (${scaled})`,
    );
  }
  const notes = [...differences(baseline, scaled), ...warningsOf(baseline, a), ...warningsOf(scaled, b)];
  const metrics: MetricComparison[] = [];
  for (const name of new Set([...a.metrics, ...b.metrics].map((metric) => metric.name))) {
    const [one, other] = [find(a, name), find(b, name)];
    if (one === undefined || other === undefined) {
      notes.push(`${name}: only ${one === undefined ? scaled : baseline} has this metric`);
      continue;
    }
    const ks = one.kind === "csv" ? await distanceOf(baseline, scaled, name, notes) : undefined;
    const comparison = compareMetric(one, other, ks, tolerances);
    metrics.push(comparison);
    notes.push(...comparison.notes);
  }
  return {
    verdict: verdictOf(metrics),
    baseline: headOf(baseline, a),
    scaled: headOf(scaled, b),
    metrics,
    notes,
  };
}

function readRun(path: string): RunSummary {
  const folder = existsSync(path) && statSync(path).isDirectory();
  const names = ["run.json", "experiment.json", SUMMARY_FILE];
  if (!folder || !names.some((name) => existsSync(join(path, name)))) {
    const what = folder ? "has no run.json" : existsSync(path) ? "is no folder" : "is not there";
    throw new DieCastError("invalid-option", `${path}: expected a run's folder; it ${what}`, {
      remedy: "runs are recorded below ./runs, or where --out said",
    });
  }
  const summary = readSummary(path);
  if (!summary.complete) {
    throw new DieCastError("invalid-option", `${path}: the run ended before its measuring phase did`);
  }
  return summary;
}

function find(run: RunSummary, name: string): MetricSummary | undefined {
  return run.metrics.find((metric) => metric.name === name);
}

// The rest of a comparison does not rest on the values.
async function distanceOf(
  baseline: string,
  scaled: string,
  metric: string,
  notes: string[],
): Promise<number | undefined> {
  try {
    const a = await readSortedValues(join(baseline, valuesFile(metric)));
    const b = await readSortedValues(join(scaled, valuesFile(metric)));
    return ksDistance(a, b);
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    notes.push(`${metric}: no KS distance: ${error.message}`);
    return undefined;
  }
}

function warningsOf(path: string, run: RunSummary): string[] {
  const { verdict, reasons } = readJson(join(path, "fidelity.json")) as {
    verdict?: unknown;
    reasons?: unknown;
  };
  const doubts = typeof verdict === "string" && verdict !== "trustworthy" ? [`the run is ${verdict}`] : [];
  const why = Array.isArray(reasons) && doubts.length > 0 ? reasons.slice(0, 1).map(String) : [];
  const metrics = run.metrics.flatMap((metric) => metric.warnings);
  return [[...doubts, ...why].join(": "), ...metrics].filter(Boolean).map((line) => `${path}: ${line}`);
}

/** Where the two experiments differ, as the runs recorded them. */
function differences(baseline: string, scaled: string): string[] {
  const [a, b] = [baseline, scaled].map((run) => readJson(join(run, "experiment.json")));
  const found = differingPaths(a, b, "");
  if (found.length === 0) return [];
  const shown = found.slice(0, 5).join(", ");
  return [`the experiments differ in ${shown}${found.length > 5 ? ` and ${found.length - 5} more` : ""}`];
}

/** What only notes rest on; nothing if it cannot be read. */
function readJson(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function differingPaths(a: unknown, b: unknown, path: string): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isRecord(a) || !isRecord(b)) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differingPaths(a[key], b[key], path === "" ? key : `${path}.${key}`),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
