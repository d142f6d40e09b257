import { expect } from "chai";
import type { PulseReading } from "../../src/host/pulse.js";
import type { GroupRested } from "../../src/host/rests.js";
import { SteadyCores } from "../../src/run/steady_cores.js";
import { until } from "../launch/tree.js";

const ASKED = 2e9;
const PERIOD_NS = 5e6;

/** A host whose one core is half as fast as asked for. */
function readPulse(): Promise<PulseReading> {
  const ns = performance.now() * 1e6;
  const waitRealNs = { bins: [], count: 0, sum: 0, max: 0 };
  const probes = Math.floor(ns / PERIOD_NS);
  // A line costs 4 ns after 5 ms, and 104 after 300.
  const passes = (restNs: number, lineNs: number) => {
    const count = Math.floor(ns / restNs);
    return { passes: count, restNs: count * restNs, passNs: count * lineNs * 384 };
  };
  const cold = [passes(5e6, 4), passes(300e6, 104)];
  const cores = [{ processor: 0, probes, speedSum: (probes * ASKED) / 2, cold }];
  return Promise.resolve({ waitRealNs, monotonicNs: ns, rawNs: ns, cores });
}

/** One with a tenth of a processor that wants more in that part of its periods, and has so many times what it is given. */
class Busy {
  readonly factors: number[] = [];
  readonly nominals: number[] = [];
  #cpuRealNs = 0;
  #thenNs = performance.now() * 1e6;

  constructor(readonly overuse: number) {}

  followSpeed(factor: number, nominal: number): number {
    this.usage();
    this.factors.push(factor);
    this.nominals.push(nominal);
    return factor;
  }

  bandwidth() {
    return { periodUs: 100_000n, quotaUs: 10_000n };
  }

  ofProcessors(): number[] {
    return [this.usage().cpuRealNs];
  }

  usage() {
    const nowNs = performance.now() * 1e6;
    this.#cpuRealNs += (nowNs - this.#thenNs) * 0.1 * (this.factors.at(-1) ?? 1) * this.overuse;
    this.#thenNs = nowNs;
    const periods = Math.floor(nowNs / PERIOD_NS);
    const rest = { throttledRealNs: 0, memoryBytes: 0, memoryPeakBytes: 0, outOfMemoryKills: 0 };
    const counts = { periods, throttledPeriods: periods, processes: 1, refusedForks: 0 };
    return { cpuRealNs: this.#cpuRealNs, cpuNominalNs: 0, ...rest, ...counts };
  }
}

describe("SteadyCores", function () {
  this.timeout(20_000);
  const options = {
    stepsPerSecond: ASKED,
    readPulse,
    failed: (error: Error) => expect.fail(error.message),
    tdf: 1,
  };
  const pages = () => 1300;

  it("makes shares larger on a slow core, and takes off what a guest has beyond its own", async () => {
    const [exact, over] = [new Busy(1), new Busy(1.15)];
    const guests = [exact, over].map((guest) => ({ guest, share: 0.1, rested: () => [], pages }));
    const steady = new SteadyCores({ ...options, dividedBy: 1, guests });
    await until(() => steady.read().windows >= 8, "eight windows", 10_000);
    await steady.close();
    const { windowMs, windowsNs, deliveredNs } = steady.read();
    expect(windowMs).to.equal(500);
    expect(windowsNs).to.be.at.least(8 * 500e6);
    expect(exact.factors[0]).to.be.closeTo(2 ** 0.85, 1e-6);
    expect(exact.factors).to.have.length(exact.nominals.length);
    expect(deliveredNs).to.have.length(2);
    const [one, other] = [exact, over].map(
      ({ factors, nominals }) => (nominals.at(-1) ?? 0) / (factors.at(-1) ?? 1),
    );
    expect(one).to.be.closeTo(1, 0.01);
    // Of 0.15 more than half has been found in eight windows, each of which counts a tenth.
    expect(other).to.be.within(1.06, 1.15);
  });

  it("makes shares larger for guests whose caches go cold while they rest", async () => {
    const guests = ["cold", "warm", "unknown"].map((kind) => {
      const guest = new Busy(1);
      // After each rest of 100 ms it runs for 0.4 ms; the other has rests too short for anything to be lost.
      const rested = (): GroupRested[] | undefined => {
        const rests = Math.floor(performance.now() / 5);
        const one = { restNs: kind === "cold" ? 100e6 : 0, rests, ranNs: rests * 0.4e6 };
        return kind === "unknown" ? undefined : [{ ...one, cutRuns: one.rests, cutNs: one.ranNs }];
      };
      return { guest, share: 0.1, rested, pages };
    });
    const steady = new SteadyCores({ ...options, tdf: 10, dividedBy: 1, guests });
    await until(() => steady.read().windows >= 6, "six windows", 10_000);
    await steady.close();
    const { windowsNs, warmNs } = steady.read();
    // 2,170 lines, 33.6 ns dearer than after 10 ms, take 73 of 400 µs. The first window counts as warm, and half of what comes next.
    const cold = (warmNs[0] ?? 0) / windowsNs;
    expect(cold).to.be.within(0.81, 0.9);
    expect((warmNs[1] ?? 0) / windowsNs).to.be.closeTo(1, 1e-9);
    expect(warmNs[2]).to.deep.equal(Number.NaN);
    const [one = 0, other = 0, third = 0] = guests.map(({ guest }) => guest.factors.at(-1) ?? 0);
    expect(other).to.be.closeTo(2 ** 0.85, 0.1);
    expect(third).to.be.closeTo(2 ** 0.85, 0.1);
    // What was missed before it was known is made up for.
    expect(one / other).to.be.within(1.05, 1.6);
  });

  it("goes by runs that were cut short, and counts what a guest uses by what it does", async () => {
    let restlessSinceMs = Number.POSITIVE_INFINITY;
    const guests = [1, 0].map((cut) => {
      const rested = (): GroupRested[] => {
        const nowMs = performance.now();
        const rests = Math.floor(Math.min(nowMs, restlessSinceMs) / 5);
        const restlessNs = Math.max(0, nowMs - restlessSinceMs) * 1e5;
        const [ranNs, none] = [rests * 0.4e6, { cutRuns: 0, cutNs: 0 }];
        return [
          { restNs: 0, rests: 0, ranNs: restlessNs, ...none },
          { restNs: 100e6, rests, ranNs, cutRuns: cut * rests, cutNs: cut * ranNs },
        ];
      };
      return { guest: new Busy(1), share: 0.1, rested, pages };
    });
    const steady = new SteadyCores({ ...options, tdf: 10, dividedBy: 1, guests });
    await until(() => steady.read().windows >= 6, "six windows", 10_000);
    const last = () =>
      guests.map(({ guest: { factors, nominals } }) => ({
        factor: factors.at(-1) ?? 0,
        ratio: (nominals.at(-1) ?? 0) / (factors.at(-1) ?? 1),
      }));
    const [always, seldom] = last();
    // 82 % of its time do something, as above; of 10 ms after 90 it is 98.
    expect((always?.factor ?? 0) / (seldom?.factor ?? 1)).to.be.within(1.1, 1.4);
    // Two whole turns are expected of everyone.
    expect(always?.ratio).to.be.within(0.99, 1.06);
    expect(seldom?.ratio).to.be.within(1.15, 1.25);
    // When it rests no more its share stays, and all that it uses does something.
    restlessSinceMs = performance.now();
    await until(() => steady.read().windows >= 12, "six more", 10_000);
    await steady.close();
    expect(last()[1]?.ratio).to.be.within(0.97, 1.03);
    // It is told in each window, also in those that leave the share as it is.
    expect(guests[1]?.guest.nominals).to.have.length(steady.read().windows);
  });

  it("changes small shares as seldom as their periods are long", async () => {
    const steady = new SteadyCores({ ...options, dividedBy: 10, guests: [] });
    expect(steady.read().windowMs).to.equal(5000);
    await steady.close();
    const quick = new SteadyCores({ ...options, dividedBy: 0.1, guests: [] });
    expect(quick.read().windowMs).to.equal(500);
    await quick.close();
  });

  it("says once that it cannot go on", async () => {
    const told: string[] = [];
    const busy = new Busy(1);
    const broken = { ofProcessors: () => [], usage: () => busy.usage(), bandwidth: () => undefined };
    const followSpeed = () => {
      throw new Error("no such group");
    };
    const steady = new SteadyCores({
      ...options,
      dividedBy: 1,
      guests: [{ guest: { ...broken, followSpeed }, share: 0.1, rested: () => [], pages }],
      failed: ({ message }) => told.push(message),
    });
    await until(() => told.length > 0, "its failure", 10_000);
    await steady.close();
    expect(told).to.deep.equal(["no such group"]);
  });
});
