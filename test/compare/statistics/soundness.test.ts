import { expect } from "chai";
import { compareQuantity } from "../../../src/compare/quantities.js";
import type { Equivalence } from "../../../src/compare/set_comparison.js";
import { compareDistance } from "../../../src/compare/statistics/distances.js";
import { distributionFunctions, pooledDistance } from "../../../src/compare/statistics/distributions.js";
import { type Random, randomFrom } from "../../../src/compare/statistics/random.js";

const MARGIN = 0.05;

// What the verdicts are worth: experiments whose truth is known, simulated by the thousand. No run takes place.
describe("verdicts on simulated experiments", function () {
  this.timeout(120_000);

  /** Standard normal, by Box and Muller. */
  function normal(random: Random): number {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }

  /** How often each verdict came, of repeats with a mean of 100 and their spread, and such whose mean is `error` more. */
  function verdicts(
    error: number,
    spread: number | readonly [number, number],
    repeats = 5,
    experiments = 1000,
  ): Record<Equivalence, number> & { covered: number } {
    const random = randomFrom(Math.round(1e6 * error) + repeats);
    const [a, b] = typeof spread === "number" ? [spread, spread] : spread;
    const draw = (mean: number, share: number) =>
      Array.from({ length: repeats }, () => mean * (1 + share * normal(random)));
    const found = { equivalent: 0, different: 0, inconclusive: 0, covered: 0 };
    for (let i = 0; i < experiments; i++) {
      const one = compareQuantity("value", draw(100, a), draw(100 * (1 + error), b), MARGIN, randomFrom(i));
      found[one.verdict as Equivalence]++;
      const { low, high } = one.interval ?? { low: null, high: null };
      if ((low ?? Number.NEGATIVE_INFINITY) <= error && error <= (high ?? Number.POSITIVE_INFINITY))
        found.covered++;
    }
    return found;
  }

  for (const spread of [0.005, 0.02, 0.05, 0.2]) {
    it(`call the same different in less than 5 % of cases, with a spread of ${spread * 100} %`, () =>
      expect(verdicts(0, spread).different).to.be.lessThan(50));
  }

  it("call it equivalent in 95 % of cases where the spread is small beside the margin", () => {
    expect(verdicts(0, 0.01).equivalent).to.be.at.least(950);
    expect(verdicts(0.01, 0.01).equivalent).to.be.at.least(950);
  });

  for (const spread of [0.005, 0.02, 0.05]) {
    it(`never call twice the margin equivalent, with a spread of ${spread * 100} %`, () => {
      expect(verdicts(2 * MARGIN, spread).equivalent).to.equal(0);
      expect(verdicts(-2 * MARGIN, spread).equivalent).to.equal(0);
    });
  }

  it("call twice the margin different where the spread is small", () =>
    expect(verdicts(2 * MARGIN, 0.01).different).to.be.at.least(950));

  it("call exactly the margin equivalent in 2.5 % of cases, and different in as many: the level of the tests", () => {
    const { equivalent, different } = verdicts(MARGIN, 0.01, 5, 4000);
    // Four standard errors of 2.5 % of 4,000.
    expect(equivalent).to.be.within(60, 140);
    expect(different).to.be.within(60, 140);
  });

  for (const repeats of [2, 3, 5, 10]) {
    it(`rest on intervals that cover the truth in 95 % of cases, with ${repeats} repeats`, () => {
      // Four standard errors of 5 % of 1,000; with spreads that differ Welch's t is approximate.
      expect(verdicts(0.03, 0.02, repeats).covered).to.be.within(922, 1000);
      expect(verdicts(0.03, [0.01, 0.04], repeats).covered).to.be.within(915, 1000);
    });
  }

  for (const repeats of [2, 3, 5]) {
    it(`rest on intervals of pairs that cover the truth as often, and tell more, with ${repeats} repeats`, () => {
      const random = randomFrom(repeats);
      let [covered, equivalent, unpaired] = [0, 0, 0];
      for (let i = 0; i < 1000; i++) {
        // What a seed brings moves both sides by 15 %, what is each run's own by half a per cent.
        const seeds = Array.from({ length: repeats }, () => 100 * (1 + 0.15 * normal(random)));
        const [a, b] = [1, 1.02].map((by) => seeds.map((seed) => by * seed * (1 + 0.005 * normal(random))));
        const one = compareQuantity("value", a as number[], b as number[], MARGIN, randomFrom(i), true);
        if ((one.interval?.low ?? -9) <= 0.02 && 0.02 <= (one.interval?.high ?? 9)) covered++;
        if (one.verdict === "equivalent") equivalent++;
        const other = compareQuantity("value", a as number[], b as number[], MARGIN, randomFrom(i));
        if (other.verdict === "equivalent") unpaired++;
      }
      expect(covered).to.be.within(922, 1000);
      expect(unpaired).to.be.lessThan(20);
      if (repeats === 5) expect(equivalent).to.be.at.least(950);
    });
  }

  /** The same of KS distances: runs of 100 values, each run with a shift of its own, and a shift of the whole side. */
  function distributionVerdicts(shift: number, spread: number, margin: number, experiments: number) {
    const random = randomFrom(Math.round(1000 * shift));
    const found = { equivalent: 0, different: 0, inconclusive: 0, significant: 0 };
    const run = (mean: number) => {
      const own = mean + spread * normal(random);
      return Float64Array.from({ length: 100 }, () => own + normal(random)).sort();
    };
    for (let i = 0; i < experiments; i++) {
      const runs = [0, 0, 0, 0, 0, shift, shift, shift, shift, shift].map(run);
      const distanceOf = pooledDistance(distributionFunctions(runs));
      const one = compareDistance(distanceOf, [0, 1, 2, 3, 4], [5, 6, 7, 8, 9], margin, randomFrom(i));
      found[one.verdict as Equivalence]++;
      if ((one.p ?? 1) <= 0.05) found.significant++;
    }
    return found;
  }

  it("call distributions that are the same neither different, nor their distance significant, too often", () => {
    // A shift of each run by a tenth of the values' deviation: 500 pooled values that depend on each other.
    const { different, significant } = distributionVerdicts(0, 0.1, 0.05, 100);
    expect(different).to.be.lessThan(5);
    // An exact test at 5 %: 5 of 100 are expected, 13 come by chance in one of a thousand cases.
    expect(significant).to.be.lessThan(13);
  });

  it("call them equivalent where the margin leaves room", () =>
    expect(distributionVerdicts(0, 0.02, 0.2, 60).equivalent).to.be.at.least(57));

  it("never call distributions equivalent that are twice the margin apart", () => {
    // A shift by 0.253 deviations is a distance of 0.10.
    const { equivalent } = distributionVerdicts(0.253, 0.02, 0.05, 60);
    expect(equivalent).to.equal(0);
  });

  it("call them different where that is plain", () =>
    expect(distributionVerdicts(0.8, 0.02, 0.05, 30).different).to.equal(30));
});
