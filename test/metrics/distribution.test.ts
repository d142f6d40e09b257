import { expect } from "chai";
import { Combiner } from "../../src/metrics/combine.js";
import { Distribution } from "../../src/metrics/distribution.js";

function of(values: Iterable<number>): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

describe("Distribution", () => {
  it("sums up a few values exactly", () => {
    expect(of([4, 1, 3, 2, 5]).summary()).to.deep.equal({
      count: 5,
      mean: 3,
      stddev: Math.sqrt(2.5),
      min: 1,
      p50: 3,
      p90: 4.6,
      p95: 4.8,
      p99: 4.96,
      max: 5,
    });
  });

  it("has no summary of nothing", () => {
    expect(new Distribution().summary()).to.equal(undefined);
  });

  it("takes a single value", () => {
    expect(of([7]).summary()).to.deep.include({ count: 1, mean: 7, stddev: 0, p50: 7, p99: 7 });
  });

  it("can be read between values", () => {
    const distribution = of([3, 1]);
    expect(distribution.quantile(0.5)).to.equal(2);
    distribution.add(0);
    expect(distribution.quantile(0.5)).to.equal(1);
  });

  it("keeps its digits when values are large and close together", () => {
    expect(of([1e9 + 1, 1e9 + 2, 1e9 + 3]).summary()?.stddev).to.be.closeTo(1, 1e-9);
  });

  it("stays within 0.1 % beyond what it holds exactly, for values over eight decades and both signs", () => {
    const distribution = new Distribution();
    const values = new Float64Array(Distribution.EXACT * 2);
    for (let i = 0; i < values.length; i++) {
      // A fixed order in which each share of the range comes up evenly.
      const share = (i * 0.6180339887498949) % 1;
      values[i] = (i % 4 === 0 ? -1 : 1) * 10 ** (share * 8 - 4);
      distribution.add(values[i] as number);
    }
    values.sort();
    for (const share of [0.01, 0.3, 0.5, 0.9, 0.95, 0.99, 0.9999]) {
      const exact = values[Math.round(share * (values.length - 1))] as number;
      const error = Math.abs(distribution.quantile(share) / exact - 1);
      expect(error, `quantile ${share}`).to.be.lessThan(0.001);
    }
    expect(distribution.quantile(0)).to.be.at.least(distribution.min);
    expect(distribution.quantile(1)).to.equal(distribution.max);
  });
});

describe("Combiner", () => {
  const cases = { sum: 0.6, mean: 0.2, min: 0.1, max: 0.3, last: 0.1, count: 3, median: 0.2 } as const;
  for (const [how, expected] of Object.entries(cases) as [keyof typeof cases, number][]) {
    it(`${how} of 0.3, 0.2, 0.1`, () => {
      const combiner = new Combiner(how);
      for (const value of [0.3, 0.2, 0.1]) combiner.add(value);
      expect(combiner.result()).to.be.closeTo(expected, 1e-12);
    });
    it(`${how} of nothing is ${how === "count" ? "0" : "missing"}`, () => {
      expect(new Combiner(how).result()).to.equal(how === "count" ? 0 : undefined);
    });
  }
});
