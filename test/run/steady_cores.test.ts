import { existsSync } from "node:fs";
import { expect } from "chai";
import type { RunSummary } from "../../src/metrics/summary.js";
import type { Fidelity } from "../../src/run/fidelity.js";
import { processes, until } from "../launch/tree.js";
import { Experiment, type LiveRun } from "./experiment.js";
import { hostTraces } from "./footprint.js";

/** What wants its core all the time, and says how often it got round. */
const SPIN = `
let rounds = 0;
for (let at = Date.now() + 500; ; rounds++) {
  let x = 1;
  for (let i = 0; i < 20000; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  globalThis.kept = x;
  if (Date.now() < at) continue;
  console.log("rounds: " + rounds);
  at += 500;
  rounds = -1;
}`;
const DOCUMENT = {
  machines: { half: { cpu: 0.5, memory: "128MiB" } },
  // Of steady cores the first half second is for finding out how fast the host's are.
  phases: { warmup: "2s", measure: "3s" },
  guests: { a: { machine: "half", run: "node spin.mjs" } },
  metrics: { rounds: { guest: "a", stdout: "rounds: (\\d+)", each: "sum", combine: "sum" } },
};
const SLOW = 4e8;
const FAST = 8e8;

function roundsOf(run: LiveRun): number {
  const [metric] = (run.json("summary.json") as RunSummary).metrics;
  return (metric?.kind === "pattern" ? metric.value : null) ?? 0;
}

function fidelityOf(run: LiveRun): Fidelity {
  return run.json("fidelity.json") as Fidelity;
}

describe("diecast run --steady-cores", function () {
  this.timeout(120_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  it("gives guests cores of that speed, in a replay, too, and says how near they came to it", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    const fast = await experiment.run("--tdf", "1", "--steady-cores", `${FAST}`);
    const slow = await experiment.run("--tdf", "1", "--steady-cores", `${SLOW}`);
    const again = await experiment.replay(slow);
    for (const [run, steps] of [
      [fast, FAST],
      [slow, SLOW],
      [again, SLOW],
    ] as const) {
      expect(run.record.outcome, run.said).to.equal("completed");
      expect(run.record.steadyCores).to.equal(steps);
      const { steadyCores, coreStepsPerSecond } = fidelityOf(run);
      expect(steadyCores?.stepsPerSecond).to.equal(steps);
      expect(steadyCores?.delivered, run.said).to.be.within(0.9, 1.1);
      // Nothing rests for longer than without dilation.
      expect(steadyCores).to.deep.include({ warm: 1, warmAtLimit: 1, footprints: 0, guests: 1 });
      // It is the guest's processor time that follows, not what is told of it: half a core of that speed.
      const { groups } = (run.json("summary.json") as RunSummary).resources as NonNullable<
        RunSummary["resources"]
      >;
      expect(groups.a?.cpuCores, run.said).to.be.within(0.42, 0.58);
      const used = run.record.guests[0]?.cpuRealNs ?? 0;
      expect(used).to.be.within(0, 0.4e9 + 4e9 * (steps / (coreStepsPerSecond ?? 1)) ** 0.85);
    }
    // Work feels 0.85 of it (src/run/steady_cores.ts).
    expect(roundsOf(fast) / roundsOf(slow), `${fast.said}${slow.said}`).to.be.within(1.4, 2.4);
    expect(roundsOf(again) / roundsOf(slow), again.said).to.be.within(0.7, 1.4);
  });

  it("is doubtful or worse where no core of the host is as fast", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    const run = await experiment.run("--tdf", "1", "--steady-cores", "1e12");
    expect(run.record.outcome, run.said).to.equal("completed");
    const { verdict, reasons, leastTdf, steadyCores } = fidelityOf(run);
    expect(verdict).to.equal("not trustworthy");
    expect(reasons.join("\n")).to.match(
      /guests' cores did .* % of the 1\.00e\+12 steps\/s asked for: the host's were too slow/,
    );
    expect(steadyCores?.delivered).to.be.within(0.0005, 0.1);
    expect(leastTdf).to.be.greaterThan(5);
    expect(run.code).to.equal(1);
  });

  it("changes the small shares of a run without dilation as seldom as at the TDF that they are of", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    const short = ["--set", "phases.warmup=0s", "--set", "phases.measure=0.5s"];
    const run = await experiment.run("--undilated", "10", "--steady-cores", `${FAST}`, ...short);
    expect(run.record.outcome, run.said).to.equal("completed");
    expect(fidelityOf(run).steadyCores).to.deep.include({ stepsPerSecond: FAST, windowMs: 5000 });
  });

  it("may be interrupted while the host's cores are looked at, and nothing is left", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    const run = experiment.start("--tdf", "1", "--steady-cores");
    const helpers = () =>
      processes().filter(
        ({ parent, commandLine }) => parent === run.pid && /diecast-pulse/.test(commandLine),
      );
    await until(() => helpers().length === 1, "diecast-pulse", 20_000);
    process.kill(run.pid, "SIGINT");
    await run.ended;
    expect([run.code, run.stderr]).to.deep.equal([130, "diecast: interrupted by SIGINT\n"]);
    expect(hostTraces(`speed-${run.pid}`)).to.deep.equal([]);
    expect(existsSync(run.directory)).to.equal(false);
  });

  it("takes steps per second that a core may have", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    for (const given of ["fast", "0", "1e20", "NaN", "0x77359400", ""]) {
      const run = await experiment.run("--steady-cores", given);
      expect(run.code, run.said).to.equal(125);
      expect(run.stderr).to.match(
        /^diecast: --steady-cores: expected steps per second from 1e6 to 1e12, .* got /,
      );
    }
  });

  it("measures how fast the host's are when it is not told, and what caches cost that go cold at a higher TDF", async () => {
    experiment = new Experiment(DOCUMENT, { "spin.mjs": SPIN });
    const short = ["--set", "phases.warmup=0.7s", "--set", "phases.measure=1s"];
    const run = await experiment.run("--tdf", "4", "--steady-cores", ...short);
    expect(run.record.outcome, run.said).to.equal("completed");
    const steps = run.record.steadyCores ?? 0;
    expect(run.stderr).to.include(
      `guests' cores are kept as fast as the host's are now: --steady-cores ${steps}\n`,
    );
    const { coreStepsPerSecond, steadyCores } = fidelityOf(run);
    expect(steps / (coreStepsPerSecond ?? 0)).to.be.within(0.4, 2.5);
    expect(run.stderr).not.to.match(/made up for/);
    expect(steadyCores?.warm, run.said).to.be.within(0.5, 0.9999);
    expect(steadyCores?.warmAtLimit, run.said).to.be.within(0.5, 0.9999);
    expect(steadyCores, run.said).to.deep.include({ footprints: 1, guests: 1 });
  });
});
