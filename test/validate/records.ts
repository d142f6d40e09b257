import type { ValidationPlan, ValidationRun } from "../../src/validate/validation.js";

export function planOf(plan: Partial<ValidationPlan> = {}): ValidationPlan {
  return {
    tdfs: ["1", "10"],
    repeat: 3,
    seed: 1,
    margins: { value: 0.05, mean: 0.05, p50: 0.05, p95: 0.05 },
    overrides: [],
    overcommit: false,
    allowIdle: false,
    vary: null,
    undilated: null,
    ...plan,
  };
}

/** One that counts, unless it says otherwise. */
export function runOf(run: Partial<ValidationRun>): ValidationRun {
  const { tdf = "1", repetition = 1 } = run;
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
    realSeconds: 20,
    ...run,
  };
}
