import { expect } from "chai";
import { type ColdCurve, coldNs, pagesInMillisecond, type Rested } from "../../src/scale/cold_caches.js";

/** Each millisecond of rest makes a line a nanosecond dearer, until it comes from memory. */
const CURVE: ColdCurve = [
  { restNs: 10e6, lineNs: 11 },
  { restNs: 100e6, lineNs: 101 },
  { restNs: 400e6, lineNs: 101 },
];
const PAGES = 1000;
const rested = (restMs: number, rests: number, ranMs: number): Rested[] => [
  { restNs: restMs * 1e6, rests, ranNs: ranMs * 1e6 },
];

describe("coldNs", () => {
  it("is nothing where rests are as long as at TDF 1, or shorter, or no line gets dearer", () => {
    expect(coldNs(rested(50, 10, 10), CURVE, 1, PAGES)).to.equal(0);
    expect(coldNs(rested(50, 10, 10), CURVE, 0.5, PAGES)).to.equal(0);
    expect(coldNs(rested(50, 10, 10), [{ restNs: 10e6, lineNs: 1 }], 10, PAGES)).to.equal(0);
    expect(coldNs(rested(50, 10, 10), [], 10, PAGES)).to.equal(0);
    expect(coldNs([{ restNs: 0, rests: 0, ranNs: 5e6 }], CURVE, 10, PAGES)).to.equal(0);
  });

  it("is what lines are dearer after the rest, for as many as a program comes to in its time", () => {
    // At TDF 10 the rest of 50 ms is one of 5 ms: a line of 51 ns would have cost 6.
    const dearer = 51 - 6;
    const lines = 200_000 / (80 + dearer);
    expect(coldNs(rested(50, 1, 0.2), CURVE, 10, 4 * PAGES)).to.be.closeTo(lines * dearer, 1);
    // In the mean over all such rests.
    expect(coldNs(rested(50, 8, 1.6), CURVE, 10, 4 * PAGES)).to.be.closeTo(8 * lines * dearer, 1);
  });

  it("is no more than lines of the pages that it touches come to, which are more the longer it runs", () => {
    // And the kernel's, each time.
    const lost = (pages: number) => (400 + 1.8 * pages) * (51 - 6);
    for (const pages of [0, 500, 1000])
      expect(coldNs(rested(50, 1, 1), CURVE, 10, pages)).to.be.closeTo(lost(pages), 1);
    expect(coldNs(rested(50, 1, 8), CURVE, 10, PAGES)).to.be.closeTo(lost(PAGES * 8 ** 0.3), 1);
    // As many as were counted, whatever it ran for.
    expect(coldNs(rested(50, 1, 8), CURVE, 10, pagesInMillisecond(700, 8e6))).to.be.closeTo(lost(700), 1);
  });

  it("is less than the time that was run, for any rest and TDF", () => {
    for (const restMs of [0.5, 3, 30, 300, 3000])
      for (const ranMs of [0.001, 0.1, 1, 10])
        for (const tdf of [1.5, 10, 1000])
          expect(coldNs(rested(restMs, 1, ranMs), CURVE, tdf, PAGES)).to.be.within(0, ranMs * 1e6 - 1);
  });

  it("adds up over rests of several lengths, after the longest of which a line is as dear as it gets", () => {
    const [short, long] = [rested(20, 3, 1), rested(2000, 2, 1)];
    const both = coldNs([...short, ...long], CURVE, 10, PAGES);
    expect(both).to.be.closeTo(coldNs(short, CURVE, 10, PAGES) + coldNs(long, CURVE, 10, PAGES), 1e-6);
    // One of two seconds at TDF 10 is one of 200 ms at TDF 1: just as dear.
    expect(coldNs(long, CURVE, 10, PAGES)).to.equal(0);
  });
});
