import { expect } from "chai";
import { ksDistance } from "../../src/compare/kolmogorov_smirnov.js";

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
