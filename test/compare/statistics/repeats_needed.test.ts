import { expect } from "chai";
import { compareQuantity } from "../../../src/compare/quantities.js";
import { randomFrom } from "../../../src/compare/statistics/random.js";
import { repeatsNeeded } from "../../../src/compare/statistics/repeats_needed.js";

const MARGIN = 0.05;

interface Case {
  readonly what: string;
  readonly baseline: readonly number[];
  readonly scaled: readonly number[];
  readonly paired: boolean;
  readonly verdict: "equivalent" | "different";
}

describe("repeatsNeeded", () => {
  const cases: Case[] = [
    {
      what: "pairs within the margin",
      baseline: [100, 100, 100, 100],
      scaled: [92, 98, 104, 110],
      paired: true,
      verdict: "equivalent",
    },
    {
      what: "pairs outside",
      baseline: [100, 100, 100, 100],
      scaled: [101, 107, 109, 115],
      paired: true,
      verdict: "different",
    },
    {
      what: "pairs whose seeds are far apart",
      baseline: [50, 90, 110, 150],
      scaled: [55, 85, 118, 146],
      paired: true,
      verdict: "equivalent",
    },
    {
      what: "two pairs of which nothing has a bound yet",
      baseline: [90, 110],
      scaled: [93, 106],
      paired: true,
      verdict: "equivalent",
    },
    {
      what: "sides drawn by themselves",
      baseline: [95, 97, 103, 105],
      scaled: [92, 99, 104, 107],
      paired: false,
      verdict: "equivalent",
    },
    {
      what: "sides of different size",
      baseline: [95, 97, 103, 105, 95, 97, 103, 105],
      scaled: [94, 99, 105, 106],
      paired: false,
      verdict: "equivalent",
    },
  ];
  for (const { what, baseline, scaled, paired, verdict } of cases) {
    it(`tells how many would tell: ${what}`, () => {
      // So many times over, they have the same means, and nearly the same variances.
      const verdictOf = (times: number) => {
        const repeated = (values: readonly number[]) => Array.from({ length: times }, () => values).flat();
        return compareQuantity("mean", repeated(baseline), repeated(scaled), MARGIN, randomFrom(1), paired)
          .verdict;
      };
      expect(verdictOf(1)).to.equal("inconclusive");
      const needed = repeatsNeeded(baseline, scaled, paired, MARGIN) as number;
      const times = needed / Math.min(baseline.length, scaled.length);
      expect(times).to.be.above(1);
      expect(verdictOf(Math.ceil(1.3 * times))).to.equal(verdict);
      expect(verdictOf(Math.max(1, Math.floor(0.7 * times)))).to.equal("inconclusive");
    });
  }

  it("knows of none where the error is the margin", () =>
    expect(repeatsNeeded([100, 100, 100, 100], [95, 103, 107, 115], true, MARGIN)).to.equal(undefined));
});
