import { expect } from "chai";
import type { GroupRested } from "../../src/host/rests.js";
import { Warmth, type WarmthWindow } from "../../src/run/warmth.js";
import { type ColdCurve, coldNs, USUAL_PAGES } from "../../src/scale/cold_caches.js";

const CURVE = [
  { restNs: 5e6, lineNs: 5 },
  { restNs: 300e6, lineNs: 100 },
];
const DUE_NS = 1e8;
const window = (rested: GroupRested[], curve: ColdCurve = CURVE, more: Partial<WarmthWindow> = {}) => ({
  ...{ rested, curve, dueNs: DUE_NS, pages: undefined, bandwidth: undefined },
  ...more,
});
/** After each rest of 100 ms it runs for 0.4 ms, unless it has more to do. */
const afterRests = (rests: number, cutRuns = 0, cutNs = 0): GroupRested[] => [
  { restNs: 100e6, rests: rests + cutRuns, ranNs: rests * 0.4e6 + cutNs, cutRuns, cutNs },
];

describe("Warmth", () => {
  it("comes to the part of a guest's time that caches leave it, by what was counted since the window before", () => {
    const warmth = new Warmth(10);
    for (let nth = 0; nth < 12; nth++) warmth.note(window(afterRests(1000 + 50 * nth)));
    const part = 1 - coldNs(afterRests(1), CURVE, 10, USUAL_PAGES) / 0.4e6;
    expect(part).to.be.within(0.4, 0.95);
    expect(warmth.part).to.be.closeTo(part, 0.001);
  });

  it("is all of it at first, at TDF 1, and with caches that stay warm", () => {
    const first = new Warmth(10);
    first.note(window(afterRests(1000)));
    expect(first.part).to.equal(1);
    const [baseline, alone] = [new Warmth(1), new Warmth(10)];
    for (const rests of [100, 200, 300]) {
      baseline.note(window(afterRests(rests)));
      alone.note(window(afterRests(rests), [{ restNs: 5e6, lineNs: 1 }]));
    }
    expect(baseline.part).to.equal(1);
    expect(alone.part).to.equal(1);
  });

  it("stays what it was while the guest hardly runs, and while nothing tells what memory costs", () => {
    const warmth = new Warmth(10);
    for (const rests of [100, 200, 300]) warmth.note(window(afterRests(rests)));
    const { part } = warmth;
    // Another length of rest, and a twentieth of its share behind it.
    const more = (ranNs: number) => [
      ...afterRests(300),
      { restNs: 3e6, rests: 1, ranNs, cutRuns: 0, cutNs: 0 },
    ];
    warmth.note(window(more(0.049 * DUE_NS)));
    expect(warmth.part).to.equal(part);
    warmth.note(window(more(2 * DUE_NS), []));
    expect(warmth.part).to.equal(part);
    warmth.note(window(more(3 * DUE_NS)));
    expect(warmth.part).to.be.above(part);
  });

  it("is less the more memory the guest touches", () => {
    const parts = [200, 1000, 4000].map((pages) => {
      const warmth = new Warmth(10);
      for (const rests of [100, 200, 300]) warmth.note(window(afterRests(rests), CURVE, { pages }));
      return warmth.part;
    });
    expect(parts).to.deep.equal([...parts].sort((one, other) => other - one));
    expect(parts[0]).to.be.above((parts[1] ?? 1) + 0.02);
  });

  it("is that of the runs that were cut short, at the limit, and of whole turns as long as there were none", () => {
    // 4 ms, and 96 without.
    const bandwidth = { periodUs: 100_000n, quotaUs: 4000n };
    const partOf = (restNs: number, ranNs: number) =>
      1 - coldNs([{ restNs, rests: 1, ranNs }], CURVE, 10, USUAL_PAGES) / ranNs;
    const [whole, moments] = [partOf(96e6, 4e6), partOf(100e6, 0.2e6)];
    // Runs of 0.2 ms that count, one of which is cut in each window: of the older ones a twentieth less.
    const inAll = (0.2 * (1 - 0.95 ** 19)) / 0.05;
    for (const [cutRuns, expected, error] of [
      [0, whole, 0.001],
      // Half a turn of 4 ms is expected all the same.
      [1, (inAll * moments + 2 * whole) / (inAll + 2), 0.02],
      [1000, moments, 0.01],
    ] as const) {
      const warmth = new Warmth(10);
      for (let nth = 0; nth < 20; nth++) {
        const rested = afterRests(100 * nth, cutRuns * nth, cutRuns * nth * 0.2e6);
        warmth.note(window(rested, CURVE, { bandwidth }));
      }
      expect(warmth.atLimit, `${cutRuns}`).to.be.closeTo(expected, error);
      expect(warmth.part).to.be.within(moments - 0.001, whole - 0.05);
    }
    // Whom no limit makes rest.
    for (const none of [undefined, { periodUs: 4000n, quotaUs: 8000n }]) {
      const warmth = new Warmth(10);
      for (const rests of [100, 200, 300]) warmth.note(window(afterRests(rests), CURVE, { bandwidth: none }));
      expect(warmth.part).to.be.below(0.95);
      expect(warmth.atLimit).to.equal(warmth.part);
    }
  });

  it("is no less than a half, whatever was measured", () => {
    const warmth = new Warmth(10);
    const curve = [
      { restNs: 50e6, lineNs: 5 },
      { restNs: 90e6, lineNs: 900 },
    ];
    const bandwidth = { periodUs: 100_000n, quotaUs: 1000n };
    for (let nth = 0; nth < 20; nth++) warmth.note(window(afterRests(100 * nth), curve, { bandwidth }));
    expect(warmth.atLimit).to.be.closeTo(0.5, 0.001);
    expect(warmth.part).to.be.closeTo(0.5, 0.001);
  });
});
