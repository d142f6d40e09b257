import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Distribution } from "../../src/metrics/distribution.js";
import type { MetricSummary } from "../../src/metrics/extraction.js";
import { type RunSummary, valuesFile } from "../../src/metrics/summary.js";

/** A run's folder with a throughput and response times, as `diecast run` leaves it. */
export interface RecordedRun {
  readonly throughput?: number | null;
  readonly latencies?: readonly number[];
  readonly summary?: Partial<RunSummary>;
  readonly document?: unknown;
  /** Undefined: as recorded by versions that did not look. */
  readonly coreStepsPerSecond?: number;
  /** Absent: guests' cores were as fast as the host's. */
  readonly steadyStepsPerSecond?: number;
}

export const DOCUMENT = {
  name: "quickstart",
  guests: { web: { machine: "server" } },
  phases: { measure: "10s" },
};

export function recordRun(path: string, run: RecordedRun = {}): string {
  const { throughput = 100, latencies = [10, 20, 30, 40] } = run;
  mkdirSync(join(path, "metrics", "values"), { recursive: true });
  const rows = latencies.map((value) => `client-1,${value}\n`).join("");
  writeFileSync(join(path, valuesFile("latency")), `guest,value (ms)\n${rows}`);
  writeFileSync(join(path, "run.json"), "{}");
  const { coreStepsPerSecond, steadyStepsPerSecond: stepsPerSecond } = run;
  const steadyCores = stepsPerSecond === undefined ? undefined : { stepsPerSecond, delivered: 1 };
  const fidelity = { verdict: "trustworthy", reasons: [], coreStepsPerSecond, steadyCores };
  writeFileSync(join(path, "fidelity.json"), JSON.stringify(fidelity));
  writeFileSync(join(path, "experiment.json"), JSON.stringify(run.document ?? DOCUMENT));
  const summary: RunSummary = {
    version: 1,
    experiment: "quickstart",
    tdf: "1",
    seed: 1,
    measure: { beginS: 3, endS: 13 },
    complete: true,
    metrics: [throughputOf(throughput), latencyOf(latencies)],
    resources: null,
    sampling: { samples: 13, late: 0, missed: 0, worstVirtualNs: 0 },
    warnings: [],
    ...run.summary,
  };
  writeFileSync(join(path, "summary.json"), JSON.stringify(summary));
  return path;
}

/** Samples once a second of the processors that the run's one guest used. */
export function recordCpu(path: string, cores: readonly number[]): void {
  writeFileSync(join(path, "plan.json"), '{"guests":[{"name":"web","group":"web"}]}');
  const rows = cores.map((value, i) => `${i + 1},web,${value}\n`).join("");
  writeFileSync(join(path, "metrics", "guests.csv"), `at (s),guest,cpu (cores)\n${rows}`);
}

export function throughputOf(value: number | null): MetricSummary {
  const common = { name: "throughput", unit: "1/s", guest: "client", count: 10, warnings: [] };
  return { ...common, kind: "pattern", perGuest: "mean", combine: "sum", value, guests: [] };
}

export function latencyOf(values: readonly number[]): MetricSummary {
  const all = new Distribution();
  for (const value of values) all.add(value);
  const common = { name: "latency", unit: "ms", guest: "client", count: values.length, warnings: [] };
  return { ...common, kind: "csv", distribution: all.summary() ?? null, guests: [] };
}
