import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { DieCastError } from "../errors.js";
import type { MetricSummary } from "../metrics/extraction.js";
import { type RunSummary, readSummary, SUMMARY_FILE } from "../metrics/summary.js";
import type { Fidelity } from "../run/fidelity.js";

/** What a comparison reads of a run that finished. */
export interface RecordedRun {
  readonly path: string;
  readonly summary: RunSummary;
  /** As in run.json: the TDF of whose share of the processors it had, without its dilation; null: it had that of its own. */
  readonly sharesOf: string | null;
  /** The run's verdict on itself; undefined if it has none. */
  readonly fidelity:
    | {
        readonly verdict: string;
        readonly reasons: readonly string[];
        /** How fast the host's cores were; undefined where that was not recorded. */
        readonly coreStepsPerSecond: number | undefined;
        /** How fast guests' cores were kept, in the same steps; undefined: as fast as the host's. */
        readonly steadyStepsPerSecond: number | undefined;
      }
    | undefined;
}

/** @throws DieCastError `invalid-option` if it is no run that finished */
export function readRecordedRun(path: string): RecordedRun {
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
  const { sharesOf } = readJson(join(path, "run.json"));
  return {
    path,
    summary,
    sharesOf: typeof sharesOf === "string" ? sharesOf : null,
    fidelity: fidelityOf(path),
  };
}

/** @throws DieCastError `invalid-option` if the runs are of different experiments */
export function assertSameExperiment(runs: readonly RecordedRun[]): void {
  const [first] = runs;
  for (const run of runs) {
    if (first === undefined || run.summary.experiment === first.summary.experiment) continue;
    throw new DieCastError(
      "invalid-option",
      `cannot compare a run of ${first.summary.experiment} (${first.path}) with one of ${run.summary.experiment} (${run.path})`,
    );
  }
}

/** @throws DieCastError `invalid-option` if some of a side have their time as it is, and others dilated, or other shares */
export function assertSameSharing(runs: readonly RecordedRun[]): void {
  const [first] = runs;
  const other = runs.find(({ sharesOf }) => sharesOf !== first?.sharesOf);
  if (first === undefined || other === undefined) return;
  const said = ({ path, sharesOf }: RecordedRun) =>
    sharesOf === null ? path : `${path} (undilated, with the processors of TDF ${sharesOf})`;
  throw new DieCastError("invalid-option", `${said(first)} and ${said(other)} are no repeats of each other`, {
    remedy: "compare the one with the other",
  });
}

/** @throws DieCastError `invalid-option` if a run is there twice, by whatever name: it is no repeat of itself */
export function assertDistinct(runs: readonly RecordedRun[]): void {
  const seen = new Map<string, string>();
  for (const { path } of runs) {
    const real = realpathSync(path);
    const before = seen.get(real);
    if (before !== undefined) {
      const same = before === path ? "it is named twice" : `${before} is the same`;
      throw new DieCastError("invalid-option", `${path}: expected each run once, ${same}`);
    }
    seen.set(real, path);
  }
}

const VERDICTS: readonly string[] = [
  "trustworthy",
  "doubtful",
  "not trustworthy",
] satisfies Fidelity["verdict"][];

/** @throws DieCastError `failed` for a run that cannot be trusted by its own verdict, or whose verdict means nothing here */
export function assertTrustworthy(runs: readonly RecordedRun[]): void {
  for (const { path, fidelity } of runs) {
    if (fidelity !== undefined && !VERDICTS.includes(fidelity.verdict)) {
      throw new DieCastError(
        "failed",
        `${path}: expected a verdict of the run on itself, such as trustworthy; found ${JSON.stringify(fidelity.verdict)}`,
        { remedy: "repeat it, or compare nevertheless with --allow-untrustworthy" },
      );
    }
    if (fidelity?.verdict !== "not trustworthy") continue;
    const [reason] = fidelity.reasons;
    throw new DieCastError(
      "failed",
      `${path}: the run is not trustworthy${reason === undefined ? "" : `: ${reason}`}`,
      { remedy: "repeat it, or compare nevertheless with --allow-untrustworthy" },
    );
  }
}

export function metricOf({ summary }: RecordedRun, name: string): MetricSummary | undefined {
  return summary.metrics.find((metric) => metric.name === name);
}

/** What lets doubt a run: its own verdict, and what extraction met with. */
export function doubtsOf({ path, summary, fidelity }: RecordedRun): string[] {
  const verdict = fidelity === undefined ? "without a verdict on itself (fidelity.json)" : fidelity.verdict;
  const doubts = verdict === "trustworthy" ? [] : [`the run is ${verdict}`];
  const why = doubts.length > 0 ? (fidelity?.reasons.slice(0, 1) ?? []) : [];
  const metrics = summary.metrics.flatMap((metric) => metric.warnings);
  return [[...doubts, ...why].join(": "), ...metrics].filter(Boolean).map((line) => `${path}: ${line}`);
}

/** Where the two experiments differ, as the runs recorded them. */
export function experimentsDiffer(one: string, other: string): string[] {
  const [a, b] = [one, other].map((run) => readJson(join(run, "experiment.json")));
  const found = differingPaths(a, b, "");
  if (found.length === 0) return [];
  const shown = found.slice(0, 5).join(", ");
  return [`the experiments differ in ${shown}${found.length > 5 ? ` and ${found.length - 5} more` : ""}`];
}

function fidelityOf(path: string): RecordedRun["fidelity"] {
  const { verdict, reasons, coreStepsPerSecond: speed, steadyCores } = readJson(join(path, "fidelity.json"));
  if (typeof verdict !== "string") return undefined;
  const steady = isRecord(steadyCores) ? steadyCores.stepsPerSecond : undefined;
  return {
    verdict,
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
    coreStepsPerSecond: typeof speed === "number" && speed > 0 ? speed : undefined,
    steadyStepsPerSecond: typeof steady === "number" ? steady : undefined,
  };
}

/** Nothing if it cannot be read. */
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
