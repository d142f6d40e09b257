import { expect } from "chai";
import { randomFrom, shuffled } from "../../../src/compare/statistics/random.js";

describe("randomFrom", () => {
  const draw = (seed: number, count: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: count }, random);
  };

  it("gives the same numbers for the same seed and others for its neighbours", () => {
    expect(draw(5, 10)).to.deep.equal(draw(5, 10));
    for (const other of [4, 6, 5 + 2 ** 32]) expect(draw(other, 10)).to.not.deep.equal(draw(5, 10));
  });

  it("is uniform", () => {
    const bins = new Array(10).fill(0);
    for (const value of draw(1, 100_000)) bins[Math.floor(value * 10)]++;
    // Nine degrees of freedom: chi-squared is above 33.7 in one of ten thousand cases.
    expect(bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).to.be.lessThan(33.7);
  });

  it("shuffles into every order as often", () => {
    const random = randomFrom(9);
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(["a", "b", "c"], random).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).to.equal(6);
    for (const count of orders.values()) expect(count).to.be.within(850, 1150);
  });
});
