import { expect } from "chai";
import { compareDistance } from "../../../src/compare/statistics/distances.js";
import {
  curvesOf,
  distributionFunctions,
  pooledDistance,
} from "../../../src/compare/statistics/distributions.js";
import { ksDistance } from "../../../src/compare/statistics/kolmogorov_smirnov.js";
import { randomFrom } from "../../../src/compare/statistics/random.js";

describe("compareDistance", () => {
  /** Runs that are one number each, whose distance is that of the means. */
  function compare(baseline: number[], scaled: number[], margin?: number) {
    const all = [...baseline, ...scaled];
    const mean = (runs: readonly number[]) =>
      runs.reduce((sum, run) => sum + (all[run] as number), 0) / runs.length;
    return compareDistance(
      (one, other) => Math.abs(mean(one) - mean(other)),
      baseline.map((_, i) => i),
      scaled.map((_, i) => baseline.length + i),
      margin,
      randomFrom(1),
    );
  }

  it("measures the baseline against itself", () => {
    const { distance, yardstick, chance } = compare([1, 2, 4], [10, 10, 10]);
    expect(distance).to.be.closeTo(10 - 7 / 3, 1e-12);
    // |1-2|, |1-4|, |2-4|
    expect(yardstick).to.be.closeTo(2, 1e-12);
    expect(chance).to.be.closeTo(2 * Math.sqrt(1 / 3), 1e-12);
  });

  it("tests by dividing the runs in all other ways", () => {
    // 2 of the 20 ways to choose three of six part them so: this one, and the other way round.
    expect(compare([1, 2, 3], [11, 12, 13]).p).to.equal(2 / 20);
    expect(compare([1, 1, 1], [1, 1, 1]).p).to.equal(1);
    expect(compare([1, 2], [3, 4]).p).to.be.closeTo(2 / 6, 1e-12);
  });

  it("samples the ways where they are many", () => {
    const values = (from: number) => Array.from({ length: 8 }, (_, i) => from + i);
    const { p } = compare(values(0), values(100));
    expect(p).to.be.within(1 / 1001, 4 / 1001);
  });

  it("judges by the interval and by what chance gives", () => {
    const few = [1, 1.01, 0.99, 1, 1];
    const same = [1.01, 1, 1, 0.99, 1];
    const other = [1.5, 1.51, 1.49, 1.5, 1.5];
    expect(compare(few, same, 0.05).verdict).to.equal("equivalent");
    expect(compare(few, other, 0.05).verdict).to.equal("different");
    expect(compare([1, 3, 2], [2, 1, 3], 0.05).verdict).to.equal("inconclusive");
    expect(compare(few, same).verdict).to.equal(null);
  });

  it("shows nothing without repeats", () => {
    const single = compare([1], [1], 0.5);
    expect(single).to.deep.include({ interval: null, yardstick: null, chance: null, p: null });
    expect(single.verdict).to.equal("inconclusive");
  });
});

describe("pooledDistance", () => {
  const random = randomFrom(7);
  const draw = (count: number, shift: number) =>
    Float64Array.from({ length: count }, () => random() + shift).sort();

  it("is the KS distance of the pooled values", () => {
    const runs = [draw(50, 0), draw(70, 0), draw(60, 0.2), draw(10, 0.2)];
    const pool = (...some: number[]) =>
      Float64Array.from(some.flatMap((run) => [...(runs[run] as Float64Array)])).sort();
    const found = pooledDistance(distributionFunctions(runs))([0, 1], [2, 3]);
    expect(found).to.be.closeTo(ksDistance(pool(0, 1), pool(2, 3)) ?? Number.NaN, 1e-12);
  });

  it("is so within 1 ÷ 2,048 for many values", () => {
    const runs = [draw(20_000, 0), draw(20_000, 0.1)];
    const exact = ksDistance(runs[0] as Float64Array, runs[1] as Float64Array) ?? Number.NaN;
    expect(pooledDistance(distributionFunctions(runs))([0], [1])).to.be.closeTo(exact, 1 / 2048);
  });

  it("can be drawn with few points", () => {
    const functions = distributionFunctions([draw(500, 0), draw(500, 0.5)]);
    const { values, baseline, scaled } = curvesOf(functions, [0], [1], 20);
    expect([values.length, baseline.length, scaled.length]).to.deep.equal([20, 20, 20]);
    expect([baseline.at(-1), scaled.at(-1)]).to.deep.equal([1, 1]);
    expect(scaled[0]).to.equal(0);
  });
});
