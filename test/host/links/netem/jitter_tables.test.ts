import { expect } from "chai";
import { jitterTable, STRETCH } from "../../../../src/host/links/netem/jitter_tables.js";

/** The values of a table in units of the jitter. */
function values(distribution: keyof typeof STRETCH): number[] {
  const [, ...rows] = jitterTable(distribution).trim().split("\n");
  return rows.flatMap((line) =>
    line.split(" ").map((value) => (Number(value) / 8192) * STRETCH[distribution]),
  );
}

function moments(all: readonly number[]) {
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe("netem's tables of jitter", () => {
  for (const [distribution, deviation] of [
    ["normal", 1],
    ["exponential", 1],
    ["pareto", 1],
    ["uniform", 1 / Math.sqrt(3)],
  ] as const) {
    it(`${distribution}: mean zero and the right width`, () => {
      const found = moments(values(distribution));
      expect(found.mean).to.be.within(-0.01, 0.01);
      // The heaviest tail ends at 16 deviations.
      expect(found.deviation).to.be.within(
        deviation * (distribution === "pareto" ? 0.9 : 0.99),
        deviation * 1.01,
      );
    });
  }

  it("normal: a sixth lies below minus one, and 2.3 % above two", () => {
    const all = values("normal");
    const share = (test: (value: number) => boolean) => all.filter(test).length / all.length;
    expect(share((value) => value < -1)).to.be.within(0.157, 0.16);
    expect(share((value) => value > 2)).to.be.within(0.0217, 0.0237);
  });

  it("fits 16 bits with a sign", () => {
    for (const distribution of ["uniform", "normal", "pareto", "exponential"] as const)
      for (const value of values(distribution))
        expect(Math.abs((value / STRETCH[distribution]) * 8192)).to.be.at.most(32767);
  });
});
