import { expect } from "chai";
import { ratioOfMeans, ratioOfPairs } from "../../../src/compare/statistics/ratio_of_means.js";

describe("ratioOfMeans", () => {
  const [a, b] = [
    [100, 102, 98, 101, 99],
    [103, 105, 104, 102, 107],
  ];

  // SciPy 1.17: ttest_ind(b, theta * a, equal_var=False, alternative=...), and for the interval its roots at p = 0.025.
  for (const [ratio, below, above] of [
    [0.95, 0.9999790222134106, 2.0977786589366134e-5],
    [1, 0.9970842593829725, 0.002915740617027494],
    [1.05, 0.25090521257707543, 0.7490947874229246],
  ] as const) {
    it(`tests the ratio ${ratio} as Welch's t does`, () => {
      const found = ratioOfMeans(a, b);
      expect(found.below(ratio)).to.be.closeTo(below, 1e-9);
      expect(found.above(ratio)).to.be.closeTo(above, 1e-9);
    });
  }

  it("has the ratios that are not rejected as its interval", () => {
    const { interval } = ratioOfMeans(a, b);
    expect(interval.low).to.be.closeTo(1.0160112750197248, 1e-6);
    expect(interval.high).to.be.closeTo(1.068478458430193, 1e-6);
  });

  it("is the same for values below zero", () => {
    const negative = (values: number[]) => values.map((value) => -value);
    expect(ratioOfMeans(negative(a), negative(b)).interval).to.deep.equal(ratioOfMeans(a, b).interval);
  });

  it("has no bound on the side on which the baseline may be zero", () => {
    const { interval, above } = ratioOfMeans([-1, 0, 1, 2], [5, 6, 7, 8]);
    expect(interval.high).to.equal(null);
    expect(interval.low).to.be.greaterThan(2);
    expect(above(interval.low as number)).to.be.closeTo(0.025, 1e-6);
    expect(ratioOfMeans([0, 0], [0, 1]).interval).to.deep.equal({ low: null, high: null });
  });

  it("is a point where nothing varies", () => {
    const { interval, below, above } = ratioOfMeans([0.1, 0.1, 0.1], [0.2, 0.2]);
    expect(interval.low).to.be.closeTo(2, 1e-5);
    expect(interval.high).to.be.closeTo(2, 1e-5);
    expect([below(2.1), above(1.9)]).to.deep.equal([0, 0]);
  });
});

describe("ratioOfPairs", () => {
  // Large differences between pairs, small ones within.
  const [a, b] = [
    [50, 100, 150, 80, 120],
    [51, 101, 153, 80, 123],
  ];

  // Student's t of b - ratio * a with 4 degrees of freedom, its density integrated by Simpson's rule; for the interval the roots at p = 0.025.
  for (const [ratio, below] of [
    [1, 0.972],
    [1.01, 0.8609061945342328],
    [1.02, 0.18423320740300864],
  ] as const) {
    it(`tests the ratio ${ratio} as Student's t of the differences does`, () => {
      const found = ratioOfPairs(a, b);
      expect(found.below(ratio)).to.be.closeTo(below, 1e-9);
      expect(found.above(ratio)).to.be.closeTo(1 - below, 1e-9);
    });
  }

  it("has a narrow interval where only the pairs differ, and Welch's is wide", () => {
    const { interval } = ratioOfPairs(a, b);
    expect(interval.low).to.be.closeTo(0.9989497276790426, 1e-6);
    expect(interval.high).to.be.closeTo(1.0263786048087313, 1e-6);
    expect(ratioOfMeans(a, b).interval.high).to.be.greaterThan(1.3);
  });

  it("has no bound where the baseline's own repeats might be of mean 0", () =>
    expect(ratioOfPairs([1, 2, 4], [2, 4, 8]).interval).to.deep.equal({ low: null, high: null }));

  it("is a point where each pair has the same ratio", () => {
    const { interval } = ratioOfPairs([10, 12, 11], [20, 24, 22]);
    expect([interval.low, interval.high].map((bound) => Number(bound?.toFixed(5)))).to.deep.equal([2, 2]);
  });
});
