import { expect } from "chai";
import { compareQuantity } from "../../../src/compare/quantities.js";
import type { QuantityComparison } from "../../../src/compare/set_comparison.js";
import { randomFrom } from "../../../src/compare/statistics/random.js";
import { repeatsNeeded } from "../../../src/compare/statistics/repeats_needed.js";

const MARGIN = 0.05;
const BASELINE = [100, 100, 100, 100];

/** The four pairs `times` over: error and spread as they were. */
function compared(scaled: readonly number[], times = 1): QuantityComparison {
  const repeated = (values: readonly number[]) => Array.from({ length: times }, () => values).flat();
  return compareQuantity("mean", repeated(BASELINE), repeated(scaled), MARGIN, randomFrom(1), true);
}

function needed(scaled: readonly number[]): number | undefined {
  const { error, interval, verdict } = compared(scaled);
  expect(verdict).to.equal("inconclusive");
  if (error === null || interval === null) throw new Error("four pairs have an error and an interval");
  return repeatsNeeded(error, interval, MARGIN, BASELINE.length);
}

describe("repeatsNeeded", () => {
  it("tells how many show that an error within the margin is", () => {
    const scaled = [92, 98, 104, 110];
    const repeats = needed(scaled) as number;
    expect(repeats).to.be.within(16, 40);
    expect(compared(scaled, Math.ceil((1.2 * repeats) / 4)).verdict).to.equal("equivalent");
    expect(compared(scaled, Math.floor((0.7 * repeats) / 4)).verdict).to.equal("inconclusive");
  });

  it("tells how many show that an error outside is outside", () => {
    const scaled = [101, 107, 109, 115];
    const repeats = needed(scaled) as number;
    expect(compared(scaled, Math.ceil((1.2 * repeats) / 4)).verdict).to.equal("different");
    expect(compared(scaled, Math.floor((0.7 * repeats) / 4)).verdict).to.equal("inconclusive");
  });

  it("knows of none where the error is the margin, or an interval has no end", () => {
    expect(needed([95, 103, 107, 115])).to.equal(undefined);
    expect(repeatsNeeded(0, { low: null, high: 0.1 }, MARGIN, 2)).to.equal(undefined);
  });
});
