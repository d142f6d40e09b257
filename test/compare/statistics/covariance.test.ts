import { expect } from "chai";
import { type Observation, ratioAtEqual } from "../../../src/compare/statistics/covariance.js";
import { randomFrom } from "../../../src/compare/statistics/random.js";

/** One side's values and covariates. */
function side(isScaled: boolean, values: readonly (readonly [number, number])[], block = 0): Observation[] {
  return values.map(([value, covariate]) => ({ value, covariate, isScaled, block }));
}

describe("ratioAtEqual", () => {
  const [fast, slow] = [1.2, 0.9];

  it("finds the ratio and the power that values were made with, whatever their blocks have in common", () => {
    const value = (ratio: number, covariate: number, block: number) =>
      [10 ** block * ratio * covariate ** 0.7, covariate] as const;
    const observations = [1, 2].flatMap((block) => [
      ...side(false, [value(1, 1, block), value(1, fast, block), value(1, 1.1, block)], block),
      ...side(true, [value(1.05, slow, block), value(1.05, 1, block)], block),
    ]);
    const found = ratioAtEqual(observations);
    expect(found?.ratio).to.be.closeTo(1.05, 1e-9);
    expect(found?.exponent).to.be.closeTo(0.7, 1e-9);
    expect(found?.interval.low).to.be.closeTo(1.05, 1e-6);
    expect(found?.interval.high).to.be.closeTo(1.05, 1e-6);
  });

  it("has the interval of least squares by Student's t", () => {
    // y = ln value on an intercept, [scaled] and ln covariate, by the normal equations; t of 3 degrees of freedom: 3.182446.
    const logs = [
      [0, 0.0, 0.01],
      [0, 0.1, 0.09],
      [0, -0.1, -0.11],
      [1, 0.0, 0.04],
      [1, 0.2, 0.22],
      [1, 0.1, 0.16],
    ] as const;
    const found = ratioAtEqual(
      logs.map(([scaled, z, y]) => ({
        value: Math.exp(y),
        covariate: Math.exp(z),
        isScaled: scaled === 1,
        block: 0,
      })),
    );
    expect(found?.exponent).to.be.closeTo(0.95, 1e-9);
    expect(Math.log(found?.ratio ?? 0)).to.be.closeTo(0.0483333333, 1e-9);
    const half = 3.182446 * Math.sqrt((0.0009666667 / 3) * (2 / 3 + 0.01 / 0.04));
    expect(Math.log(found?.interval.high ?? 0)).to.be.closeTo(0.0483333333 + half, 1e-6);
    expect(Math.log(found?.interval.low ?? 0)).to.be.closeTo(0.0483333333 - half, 1e-6);
  });

  it("covers the truth 95 times of 100, and is narrower than what the covariate moves", () => {
    const random = randomFrom(5);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    let width = 0;
    const trials = 1000;
    for (let trial = 0; trial < trials; trial++) {
      const observe = (isScaled: boolean, block: number): Observation => {
        const covariate = Math.exp(0.1 * normal());
        const value = 50 * (isScaled ? 1.02 : 1) * covariate * Math.exp(0.01 * normal() + 0.2 * block);
        return { value, covariate, isScaled, block };
      };
      const found = ratioAtEqual(
        [1, 2, 3].flatMap((block) => [false, false, false, true].map((scaled) => observe(scaled, block))),
      );
      const { low, high } = found?.interval ?? { low: 0, high: 0 };
      if (low <= 1.02 && 1.02 <= high) covered++;
      width += (high - low) / trials;
    }
    expect(covered / trials).to.be.within(0.93, 0.97);
    expect(width).to.be.below(0.05);
  });

  it("tells nothing of few values, or where side and covariate cannot be told apart", () => {
    const one = [1, fast] as const;
    expect(ratioAtEqual([...side(false, [one, [2, 1]]), ...side(true, [one, [2, 1]])])).to.equal(undefined);
    const apart = [
      ...side(false, [one, one, one]),
      ...side(true, [[2, slow] as const, [2, slow], [2, slow]]),
    ];
    expect(ratioAtEqual(apart)).to.equal(undefined);
    const constant = [...side(false, [one, one, one]), ...side(true, [one, one, one])];
    expect(ratioAtEqual(constant)).to.equal(undefined);
  });
});
