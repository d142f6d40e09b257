import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { coldCurve, coreStepsPerSecond } from "../../src/host/core_reading.js";
import { type PulseReading, startPulse } from "../../src/host/pulse.js";
import { histogramQuantile, histogramSince } from "../../src/metrics/histogram.js";
import { parseAllowedCpus } from "../../src/metrics/host_usage.js";
import { processes } from "../launch/tree.js";
import { hostTraces } from "../run/footprint.js";

const ID = `test-pulse-${process.pid}`;

describe("the pulse of a run's host", function () {
  this.timeout(40_000);
  let pulse: Awaited<ReturnType<typeof startPulse>>;
  beforeEach(async () => {
    pulse = await startPulse(ID);
    expect(pulse).not.to.equal(undefined);
  });
  afterEach(() => pulse?.close());

  const read = async () => (await pulse?.read()) as PulseReading;
  const own = () =>
    processes().find(
      ({ parent, commandLine }) => parent === process.pid && /diecast-pulse/.test(commandLine),
    );

  it("is felt some two hundred times a second, beside the guests", async () => {
    const begin = await read();
    await sleep(1000);
    const end = await read();
    const passedNs = end.monotonicNs - begin.monotonicNs;
    expect(passedNs).to.be.above(0.9e9);
    // Those that were slept through where the machine is busy count as well.
    expect(end.waitRealNs.count - begin.waitRealNs.count).to.be.within(20, passedNs / 5e6 + 2);
    expect((end.rawNs - begin.rawNs) / passedNs).to.be.within(0.99, 1.01);
  });

  it("tells how long a processor was missing", async () => {
    const begin = await read();
    const pid = own()?.pid as number;
    process.kill(pid, "SIGSTOP");
    await sleep(400);
    process.kill(pid, "SIGCONT");
    const since = async () => histogramSince((await read()).waitRealNs, begin.waitRealNs);
    // One may have been counted before it was stopped.
    let waits = await since();
    for (let left = 250; left > 0 && waits.count < 60; left--) {
      await sleep(20);
      waits = await since();
    }
    expect(histogramQuantile(waits, 1)).to.be.at.least(300e6);
    // 60 and more that would have waited in the meantime, each for less: not one wait among many.
    expect(waits.count).to.be.at.least(60);
    expect(histogramQuantile(waits, 0.5)).to.be.at.least(100e6);
  });

  it("tries each processor, and tells how fast they were", async () => {
    const begin = await read();
    await sleep(1000);
    const end = await read();
    expect(end.cores.map(({ processor }) => processor)).to.deep.equal([
      ...parseAllowedCpus(readFileSync("/proc/self/status", "latin1")),
    ]);
    // Each by a thread that runs nowhere else.
    const pid = own()?.pid as number;
    const allowed = readdirSync(`/proc/${pid}/task`).map((task) =>
      [...parseAllowedCpus(readFileSync(`/proc/${pid}/task/${task}/status`, "latin1"))].join(),
    );
    expect(allowed).to.include.members(end.cores.map(({ processor }) => `${processor}`));
    const passedNs = end.monotonicNs - begin.monotonicNs;
    for (const [i, { probes }] of end.cores.entries()) {
      // A busy machine comes to it later.
      expect(probes - (begin.cores[i]?.probes as number)).to.be.within(4, passedNs / 5e6 + 2);
    }
    // A load and a store at a time: no processor that runs Linux takes more than 100 ns, or less than 0.05.
    expect(coreStepsPerSecond(begin, end)).to.be.within(1e7, 2e10);
    expect(coreStepsPerSecond(end, end)).to.equal(undefined);
  });

  it("tells what lines of memory cost that were not used for a while, up to a third of a second", async () => {
    const begin = await read();
    let end = begin;
    const seen = () =>
      end.cores.every(
        ({ cold }, core) => (cold.at(-1)?.passes ?? 0) > (begin.cores[core]?.cold.at(-1)?.passes ?? 0) + 2,
      );
    for (let left = 100; left > 0 && !seen(); left--) {
      await sleep(100);
      end = await read();
    }
    expect(seen()).to.equal(true);
    const curve = coldCurve(begin, end);
    // Each rest is four times the one before, and longer where the machine is busy.
    expect(curve).to.have.length(4);
    for (const [i, { restNs, lineNs }] of curve.entries()) {
      expect(restNs).to.be.at.least(4.9e6 * 4 ** i);
      // From the first cache to memory.
      expect(lineNs).to.be.within(0.3, 500);
    }
    for (const [core, { cold }] of end.cores.entries()) {
      const passes = cold.map((one, i) => one.passes - (begin.cores[core]?.cold[i]?.passes ?? 0));
      expect(passes[0]).to.be.above(2 * (passes[2] ?? 0));
    }
  });

  it("is gone with its close, and so is its group", async () => {
    const pid = own()?.pid as number;
    await pulse?.close();
    expect(existsSync(`/proc/${pid}`)).to.equal(false);
    expect(hostTraces(ID)).to.deep.equal([]);
    expect(await pulse?.read()).to.equal(undefined);
  });
});
