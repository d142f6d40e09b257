import { expect } from "chai";
import { randomFrom } from "../../src/compare/statistics/random.js";
import type { GroupRested } from "../../src/host/rests.js";
import { SpeedFollower } from "../../src/run/speed_follower.js";
import { Warmth } from "../../src/run/warmth.js";
import { type ColdCurve, coldNs } from "../../src/scale/cold_caches.js";

const TDF = 10;
const PAGES = 1500;
const CURVE: ColdCurve = [
  { restNs: 5e6, lineNs: 5 },
  { restNs: 300e6, lineNs: 150 },
];
/** A fiftieth of a processor. */
const PERIOD_NS = 200e6;
const QUOTA_NS = 4e6;
/** Work comes at so many moments of a period. */
const MOMENTS = 10;
const WINDOW_PERIODS = 25;

/** A guest that rests when there is nothing to do or its quota is used up, and finds cold caches after each rest. */
class Server {
  readonly rested: GroupRested[] = [];
  /** What it did in each period at whose end there was more to do, as long as it would have taken with warm caches. */
  readonly doneAtLimitNs: number[] = [];
  #waitingNs = 0;
  #leftNs = 0;
  #nowNs = 0;

  /**
   * @param chance that work comes at a moment
   * @param workNs how long that takes in the mean
   */
  constructor(
    readonly chance: number,
    readonly workNs: number,
    readonly random: () => number,
  ) {}

  live(periods: number, quotaNs: number): void {
    for (let nth = 0; nth < periods * MOMENTS; nth += MOMENTS) {
      let [leftNs, doneNs] = [quotaNs, 0];
      for (let moment = 0; moment < MOMENTS; moment++) {
        if (this.random() < this.chance) this.#waitingNs += this.workNs * -Math.log(1 - this.random());
        const { ranNs, usefulNs } = this.#run(leftNs);
        leftNs -= ranNs;
        doneNs += usefulNs;
        this.#nowNs += PERIOD_NS / MOMENTS;
      }
      if (this.#waitingNs > 0) this.doneAtLimitNs.push(doneNs);
    }
  }

  #run(leftNs: number): { ranNs: number; usefulNs: number } {
    if (this.#waitingNs === 0 || leftNs < 1) return { ranNs: 0, usefulNs: 0 };
    const restNs = this.#nowNs - this.#leftNs;
    const usefulIn = (ranNs: number) => ranNs - coldNs([{ restNs, rests: 1, ranNs }], CURVE, TDF, PAGES);
    const isCut = usefulIn(leftNs) < this.#waitingNs;
    let ranNs = leftNs;
    if (!isCut) for (ranNs = 0; usefulIn(ranNs) < this.#waitingNs; ) ranNs += 20e3;
    const usefulNs = isCut ? usefulIn(ranNs) : this.#waitingNs;
    this.#waitingNs -= usefulNs;
    this.#leftNs = this.#nowNs + ranNs;
    this.rested.push({ restNs, rests: 1, ranNs, cutRuns: isCut ? 1 : 0, cutNs: isCut ? ranNs : 0 });
    return { ranNs, usefulNs };
  }
}

describe("a guest's share, after what caches leave of it when it is used up", () => {
  for (const [kind, chance, workNs] of [
    ["much at a time, now and then", 0.02, 6e6],
    ["much at a time, often", 0.05, 6e6],
    ["moments", 0.5, 0.5e6],
    ["moments, more of them", 0.9, 0.4e6],
    ["more than it can do", 0.9, 1e6],
  ] as const) {
    it(`settles, and is what a guest with warm caches gets done with its own (${kind})`, () => {
      const server = new Server(chance, workNs, randomFrom(1));
      const [warmth, follower] = [new Warmth(TDF), new SpeedFollower()];
      const factors = [1];
      for (let nth = 0; nth < 80; nth++) {
        if (nth === 30) server.doneAtLimitNs.length = 0;
        const quotaNs = QUOTA_NS * (factors.at(-1) ?? 1);
        server.live(WINDOW_PERIODS, quotaNs);
        warmth.note({
          rested: [...server.rested],
          curve: CURVE,
          dueNs: WINDOW_PERIODS * quotaNs,
          pages: PAGES,
          bandwidth: { periodUs: BigInt(PERIOD_NS / 1e3), quotaUs: BigInt(Math.round(quotaNs / 1e3)) },
        });
        factors.push(follower.next(warmth.atLimit, (WINDOW_PERIODS * PERIOD_NS) / 1e9));
      }
      const settled = factors.slice(30);
      const steps = settled.slice(1).map((one, i) => Math.abs(one / (settled[i] ?? 1) - 1));
      expect(Math.max(...steps), `${settled}`).to.be.below(0.1);
      const { doneAtLimitNs: done } = server;
      expect(done.length).to.be.above(20);
      const meanNs = done.reduce((sum, one) => sum + one, 0) / done.length;
      expect(meanNs / QUOTA_NS, `${done.length} periods, ${settled.at(-1)}`).to.be.within(0.9, 1.1);
    });
  }
});
