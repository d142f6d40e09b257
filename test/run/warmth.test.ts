import { expect } from "chai";
import { Warmth } from "../../src/run/warmth.js";
import { coldNs, type Rested } from "../../src/scale/cold_caches.js";

const CURVE = [
  { restNs: 5e6, lineNs: 5 },
  { restNs: 300e6, lineNs: 100 },
];
const DUE_NS = 1e8;
/** After each rest of 100 ms it runs for 0.4 ms. */
const afterRests = (rests: number): Rested[] => [{ restNs: 100e6, rests, ranNs: rests * 0.4e6 }];

describe("Warmth", () => {
  it("comes to the part of a guest's time that caches leave it, by what was counted since the window before", () => {
    const warmth = new Warmth(10);
    for (let window = 0; window < 12; window++) warmth.note(afterRests(1000 + 50 * window), CURVE, DUE_NS);
    const part = 1 - coldNs(afterRests(1), CURVE, 10) / 0.4e6;
    expect(part).to.be.within(0.4, 0.95);
    expect(warmth.part).to.be.closeTo(part, 0.001);
  });

  it("is all of it at first, at TDF 1, and with caches that stay warm", () => {
    const first = new Warmth(10);
    first.note(afterRests(1000), CURVE, DUE_NS);
    expect(first.part).to.equal(1);
    const [baseline, alone] = [new Warmth(1), new Warmth(10)];
    for (const rests of [100, 200, 300]) {
      baseline.note(afterRests(rests), CURVE, DUE_NS);
      alone.note(afterRests(rests), [{ restNs: 5e6, lineNs: 1 }], DUE_NS);
    }
    expect(baseline.part).to.equal(1);
    expect(alone.part).to.equal(1);
  });

  it("stays what it was while the guest hardly runs, and while nothing tells what memory costs", () => {
    const warmth = new Warmth(10);
    for (const rests of [100, 200, 300]) warmth.note(afterRests(rests), CURVE, DUE_NS);
    const { part } = warmth;
    // Another length of rest, and a twentieth of its share behind it.
    const more = (ranNs: number) => [...afterRests(300), { restNs: 3e6, rests: 1, ranNs }];
    warmth.note(more(0.049 * DUE_NS), CURVE, DUE_NS);
    expect(warmth.part).to.equal(part);
    warmth.note(more(2 * DUE_NS), [], DUE_NS);
    expect(warmth.part).to.equal(part);
    warmth.note(more(3 * DUE_NS), CURVE, DUE_NS);
    expect(warmth.part).to.be.above(part);
  });

  it("is no less than a half, whatever was measured", () => {
    const warmth = new Warmth(10);
    for (let window = 0; window < 20; window++)
      warmth.note(
        afterRests(100 * window),
        [
          { restNs: 50e6, lineNs: 5 },
          { restNs: 90e6, lineNs: 900 },
        ],
        DUE_NS,
      );
    expect(warmth.part).to.be.closeTo(0.5, 0.001);
  });
});
