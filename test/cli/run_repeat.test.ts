import { expect } from "chai";
import { formatRepetitions } from "../../src/cli/run_repeat.js";

type Repetition = Parameters<typeof formatRepetitions>[0][number];

const judged = (verdict: string, reasons: readonly string[] = []) =>
  ({ verdict, reasons }) as unknown as Repetition["fidelity"];

function run(seed: number, more: Partial<Repetition> = {}): Repetition {
  const good = {
    outcome: "completed",
    error: null,
    failedGuests: [],
    fidelity: judged("trustworthy"),
  } as const;
  return { ...good, directory: `runs/x/${seed}`, seed, ...more };
}

describe("what diecast run --repeat prints", () => {
  const spread = [
    { metric: "rate", unit: "1/s", quantity: "value", values: [9, 11], mean: 10, spread: 0.14 },
  ] as never;

  it("has each run in a line, and how far they are apart", () => {
    const lines = formatRepetitions([run(1), run(2, { failedGuests: ["a"] })], spread, "runs/x").split("\n");
    expect(lines.map((line) => line.trim().split(/ {2,}/))).to.deep.equal([
      ["run", "seed", "outcome"],
      ["1", "1", "trustworthy"],
      ["2", "2", "trustworthy", "a ended unexpectedly"],
      [""],
      ["metric", "runs", "mean", "spread", "least", "most"],
      ["rate (1/s)", "2", "10", "14.0 %", "9", "11"],
      [""],
      ["recorded in runs/x"],
      [""],
    ]);
  });

  it("says how many are left out of the spread", () => {
    const late = run(2, { fidelity: judged("not trustworthy", ["it was late"]) });
    const text = formatRepetitions(
      [run(1), late, run(3, { outcome: "failed", fidelity: null })],
      [],
      "runs/x",
    );
    expect(text).to.match(/^2 +2 +not trustworthy +it was late$/m);
    expect(text).to.match(/^1 not trustworthy: not in the spread$/m);
    expect(text).to.match(/^3 +3 +failed$/m);
  });
});
