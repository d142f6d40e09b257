import { expect } from "chai";
import { normalCdf, studentCdf, studentQuantile } from "../../../src/compare/statistics/probabilities.js";

// Expected values: SciPy 1.17, scipy.stats.t and scipy.stats.norm.
describe("studentCdf", () => {
  const cases: [t: number, degrees: number, p: number][] = [
    [0, 3, 0.5],
    [1, 1, 0.75],
    [2, 5, 0.9490302605850708],
    [-2.5, 7.3, 0.019825117332800214],
    [12.706, 1, 0.9749995988209335],
    [3, 1e4, 0.9986467759050012],
    [40, 2.5, 0.9999290218285475],
    [Number.POSITIVE_INFINITY, 2, 1],
    [Number.NEGATIVE_INFINITY, 2, 0],
  ];
  for (const [t, degrees, p] of cases) {
    it(`at ${t} with ${degrees} degrees of freedom is ${p}`, () =>
      expect(studentCdf(t, degrees)).to.be.closeTo(p, 1e-10));
  }
});

describe("studentQuantile", () => {
  const cases: [p: number, degrees: number, t: number][] = [
    [0.975, 1, 12.706204736174694],
    [0.975, 4, 2.7764451051977934],
    [0.95, 7.5, 1.8757474792112878],
    [0.01, 8, -2.8964594477096224],
    [0.975, 2000, 1.9611508260994377],
  ];
  for (const [p, degrees, t] of cases) {
    it(`of ${p} with ${degrees} degrees of freedom is ${t}`, () =>
      expect(studentQuantile(p, degrees)).to.be.closeTo(t, 1e-8));
  }
});

describe("normalCdf", () => {
  for (const [z, p] of [
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [2, 0.9772498680518208],
  ] as const) {
    it(`at ${z} is ${p}`, () => expect(normalCdf(z)).to.be.closeTo(p, 1e-7));
  }
});
