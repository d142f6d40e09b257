import { expect } from "chai";
import { ksDistance, ksPValue } from "../../../src/compare/statistics/kolmogorov_smirnov.js";
import { randomFrom } from "../../../src/compare/statistics/random.js";

describe("ksDistance", () => {
  const cases: [what: string, a: number[], b: number[], distance: number | undefined][] = [
    ["the same values", [1, 2, 3], [1, 2, 3], 0],
    ["the same values, each twice", [1, 2, 3], [1, 1, 2, 2, 3, 3], 0],
    ["values all apart", [1, 2], [3, 4], 1],
    ["values all apart, the other way", [3, 4], [1, 2], 1],
    ["a shift by one of four", [1, 2, 3, 4], [2, 3, 4, 5], 0.25],
    ["ties inside one of them", [1, 1, 1, 2], [1, 2, 2, 2], 0.5],
    ["different sizes", [1, 2, 3, 4, 5], [3], 0.4],
    ["a single value each", [1], [1], 0],
    ["nothing", [], [1], undefined],
  ];
  for (const [what, a, b, distance] of cases) {
    it(`of ${what} is ${distance}`, () => {
      const result = ksDistance(Float64Array.from(a), Float64Array.from(b));
      if (distance === undefined) expect(result).to.equal(undefined);
      else expect(result).to.be.closeTo(distance, 1e-12);
    });
  }

  it("finds the known distance of two uniform distributions, shifted by a tenth", () => {
    const n = 100_000;
    const a = Float64Array.from({ length: n }, (_, i) => i / n);
    const b = a.map((value) => value + 0.1);
    expect(ksDistance(a, b)).to.be.closeTo(0.1, 1e-4);
  });
});

describe("ksPValue", () => {
  // SciPy 1.17: the exact distribution of ks_2samp.
  const exact: [m: number, n: number, distance: number, p: number][] = [
    [5, 5, 0.6, 0.35714285714285715],
    [5, 5, 0.8, 0.07936507936507936],
    [10, 7, 20 / 70, 0.8038358700123406],
    [10, 7, 45 / 70, 0.03609625668449197],
    [3, 4, 1, 0.05714285714285715],
    [50, 40, 0.25, 0.10550568706088177],
    [100, 90, 0.2, 0.03830453866332627],
    [8, 9, 0, 1],
  ];
  for (const [m, n, distance, p] of exact) {
    it(`is exact for ${m} and ${n} values, ${distance.toFixed(3)} apart`, () =>
      expect(ksPValue(distance, m, n)).to.be.closeTo(p, 1e-9));
  }

  // The same, where only the limit is used.
  const limit: [m: number, n: number, distance: number, p: number][] = [
    [1000, 1000, 0.05, 0.16411447756429137],
    [500, 300, 0.1, 0.04420554911655232],
    [2000, 1000, 0.04, 0.2344566368834716],
    [150, 100, 0.1, 0.562861170580314],
  ];
  for (const [m, n, distance, p] of limit) {
    it(`is right to 3 % for ${m} and ${n} values, ${distance} apart`, () =>
      expect(ksPValue(distance, m, n) / p).to.be.closeTo(1, 0.03));
  }

  it("is next to nothing where nothing is alike, and 1 where all is", () => {
    expect(ksPValue(1, 5000, 5000)).to.equal(0);
    expect(ksPValue(0, 5000, 5000)).to.equal(1);
    expect(ksPValue(0.001, 5000, 5000)).to.be.closeTo(1, 1e-9);
  });

  for (const [m, n] of [
    [60, 80],
    [400, 300],
  ] as const) {
    it(`is uniform for ${m} and ${n} values of one distribution`, () => {
      const random = randomFrom(m);
      const draw = (count: number) => Float64Array.from({ length: count }, random).sort();
      const found = Float64Array.from({ length: 2000 }, () =>
        ksPValue(ksDistance(draw(m), draw(n)) ?? Number.NaN, m, n),
      ).sort();
      // 2,000 uniform numbers are this far from the diagonal in one of a thousand cases: 1.95 ÷ √2000.
      const furthest = found.reduce(
        (most, p, i) => Math.max(most, Math.abs(p - (i + 0.5) / found.length)),
        0,
      );
      expect(furthest).to.be.lessThan(0.0436 + 0.02);
    });
  }
});
