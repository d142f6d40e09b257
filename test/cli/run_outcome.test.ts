import { expect } from "chai";
import { exitCodeOf } from "../../src/cli/run_outcome.js";
import type { PerformedRun } from "../../src/run/perform.js";

function performed(
  outcome: string,
  { foreseen = true, verdict = "trustworthy" }: { foreseen?: boolean; verdict?: string } = {},
): PerformedRun {
  const ends = new Map([["a", [{ code: 1, signal: null, virtualNs: 0n, foreseen }]]]);
  return { result: { outcome, ends }, conclusion: { fidelity: { verdict } } } as unknown as PerformedRun;
}

describe("the exit code of a run", () => {
  for (const [what, run, code] of [
    ["is complete", performed("completed"), 0],
    ["is complete and doubtful", performed("completed", { verdict: "doubtful" }), 0],
    ["is complete, but a guest failed", performed("completed", { foreseen: false }), 1],
    ["is complete, but not trustworthy", performed("completed", { verdict: "not trustworthy" }), 1],
    ["failed", performed("failed", { foreseen: false }), 2],
    ["was interrupted", performed("interrupted", { foreseen: false }), 130],
  ] as const) {
    it(`is ${code} where it ${what}`, () => {
      expect(exitCodeOf(run)).to.equal(code);
    });
  }
});
