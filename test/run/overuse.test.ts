import { expect } from "chai";
import { Overuse } from "../../src/run/overuse.js";

const DUE_NS = 20e6;

/** What it is after so many windows of ten periods, in each of which a guest used so much and was held back so often. */
function ratioAfter(windows: number, usedNs: number, heldBack: number): number {
  const overuse = new Overuse();
  for (let i = 0; i <= windows; i++)
    overuse.note({ cpuRealNs: i * usedNs, periods: i * 10, throttledPeriods: i * heldBack }, DUE_NS);
  return overuse.ratio;
}

describe("Overuse", () => {
  it("is what a guest has more than its share that always wants more", () => {
    expect(ratioAfter(100, 20.6e6, 10)).to.be.closeTo(1.03, 1e-4);
    expect(ratioAfter(100, 19.8e6, 10)).to.be.closeTo(0.99, 1e-4);
  });

  it("is a mean of some windows", () => {
    expect(ratioAfter(1, 21e6, 10)).to.be.closeTo(1.005, 1e-9);
    expect(ratioAfter(0, 21e6, 10)).to.equal(1);
  });

  it("says nothing of one that does not use all it has, and does not believe anything", () => {
    expect(ratioAfter(100, 15e6, 8)).to.equal(1);
    expect(ratioAfter(100, 0, 0)).to.equal(1);
    expect(ratioAfter(100, 200e6, 10)).to.be.closeTo(1.2, 1e-4);
    const overuse = new Overuse();
    for (const cpuRealNs of [0, 1e6]) overuse.note({ cpuRealNs, periods: 0, throttledPeriods: 0 }, 0);
    expect(overuse.ratio).to.equal(1);
  });
});
