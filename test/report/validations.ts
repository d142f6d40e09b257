import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { QuantityComparison } from "../../src/compare/set_comparison.js";
import { conditionsOf, type ValidationComparison } from "../../src/validate/conditions.js";
import { readValidation, type Validation, type ValidationRun } from "../../src/validate/validation.js";
import { HOST, recordWholeRun, type WholeRun } from "./runs.js";

/** The folder of a validation at TDF 1 and 10, by default two repetitions each, one of which had to be repeated. */
export function recordValidation(path: string, repeat = 2, like: WholeRun = {}): string {
  mkdirSync(join(path, "runs"), { recursive: true });
  const repetitions = Array.from({ length: repeat }, (_, i) => i + 1);
  const runs = ["1", "10"].flatMap((tdf) => repetitions.map((repetition) => runOf(tdf, repetition)));
  for (const { path: own, tdf, repetition } of runs) {
    recordWholeRun(join(path, own), { ...like, tdf, seed: repetition, addMs: tdf === "1" ? 0 : 1 });
  }
  const leftOut: ValidationRun = {
    ...runOf("10", 1),
    path: "runs/tdf10-1-first",
    counted: false,
    fidelity: "not trustworthy",
    reasons: ["the host's processors were 100.0 % busy"],
  };
  const validation: Validation = {
    version: 1,
    experiment: "quickstart",
    complete: true,
    verdict: "inconclusive",
    command: ["validate", "experiments/quick start", "--tdf", "1,10"],
    diecast: "0.1.0",
    began: "2030-01-31T12:00:00.000Z",
    ended: "2030-01-31T13:00:00.000Z",
    host: HOST,
    plan: {
      tdfs: ["1", "10"],
      repeat,
      seed: 1,
      margins: { mean: 0.05 },
      overrides: [],
      overcommit: false,
      allowIdle: false,
      vary: null,
      undilated: null,
    },
    runs: [...runs, leftOut],
    comparisons: [
      {
        tdf: "10",
        sharesOf: null,
        value: null,
        verdict: "inconclusive",
        paired: true,
        baselineRuns: 2,
        scaledRuns: 2,
        metrics: [
          {
            name: "latency",
            unit: "ms",
            kind: "csv",
            quantities: [MEAN],
            ks: {
              distance: 0.125,
              interval: { low: 0.1, high: 0.2 },
              yardstick: 0.03,
              chance: 0.04,
              p: 0.33,
              independentP: 0.001,
              margin: null,
              verdict: null,
              curves: null,
            },
          },
        ],
        profiles: [],
        notes: ["two repetitions are few"],
      },
    ],
    notes: [],
  };
  writeFileSync(join(path, "validation.json"), JSON.stringify(validation));
  return path;
}

/** The folder of a validation of which no run counts: none of them measured anything. */
export function recordFailedValidation(path: string): string {
  recordValidation(path);
  const found = readValidation(path);
  rmSync(join(path, "runs"), { recursive: true });
  const runs = found.runs.map((run, i): ValidationRun => {
    const reasons = i === 0 ? [] : ["web: exit code 1"];
    return { ...run, counted: false, outcome: "failed", fidelity: null, reasons };
  });
  const comparisons = found.comparisons.map((one) => ({
    ...{ ...one, verdict: "not-comparable" as const, metrics: [], baselineRuns: 0, scaledRuns: 0 },
    notes: ["no run at TDF 1, nor at TDF 10 that counts"],
  }));
  const failed: Validation = { ...found, verdict: "not-comparable", runs, comparisons };
  writeFileSync(join(path, "validation.json"), JSON.stringify(failed));
  return path;
}

/** The folder of a validation of 10 and 200 sessions, at TDF 1 and 10 and without dilation, one run each. */
export function recordVariedValidation(path: string): string {
  recordValidation(path);
  const found = readValidation(path);
  const plan = {
    ...found.plan,
    vary: { name: "sessions", values: ["10", "200"] },
    undilated: "10",
    repeat: 1,
  };
  const runs = conditionsOf(plan).map((condition): ValidationRun => {
    const { tdf, sharesOf, value } = condition;
    const run = { ...runOf(tdf, 1), ...condition, path: `runs/${value}-${tdf}-${sharesOf}` };
    recordWholeRun(join(path, run.path), { tdf, addMs: Number(value) });
    return run;
  });
  const [like] = found.comparisons;
  if (like === undefined) throw new Error("there is no comparison");
  const comparisons = conditionsOf(plan)
    .filter(({ tdf, sharesOf }) => tdf !== "1" || sharesOf !== null)
    .map((condition): ValidationComparison => {
      const add = Number(condition.value);
      const side = (values: number[]) => ({ values, mean: (values[0] ?? 0) + 1, spread: 0.01 });
      const mean = { ...MEAN, baseline: side([90 + add, 92 + add]), scaled: side([91 + add, 93 + add]) };
      const p99 = { ...MEAN, quantity: "p99" as const, margin: null, verdict: null };
      const metrics = like.metrics.map((metric) => ({ ...metric, quantities: [mean, p99] }));
      return { ...like, ...condition, metrics };
    });
  const varied: Validation = { ...found, plan, runs, comparisons };
  writeFileSync(join(path, "validation.json"), JSON.stringify(varied));
  return path;
}

export const MEAN: QuantityComparison = {
  quantity: "mean",
  baseline: { values: [90, 91], mean: 90.5, spread: 0.0078 },
  scaled: { values: [91, 92], mean: 91.5, spread: 0.0077 },
  paired: true,
  error: 0.011,
  interval: { low: -0.02, high: null },
  bootstrap: null,
  equivalenceP: 0.2,
  margin: 0.05,
  verdict: "inconclusive",
};

function runOf(tdf: string, repetition: number): ValidationRun {
  return {
    path: `runs/tdf${tdf}-${repetition}`,
    tdf,
    sharesOf: null,
    value: null,
    repetition,
    attempt: 1,
    seed: repetition,
    outcome: "completed",
    fidelity: "trustworthy",
    counted: true,
    reasons: [],
    began: "2030-01-31T12:00:00.000Z",
    realSeconds: 13,
  };
}
