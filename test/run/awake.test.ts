import { expect } from "chai";
import { findHierarchy } from "../../src/host/cgroup/hierarchy.js";
import type { Fidelity } from "../../src/run/fidelity.js";
import { processes, until } from "../launch/tree.js";
import { Experiment, type LiveRun } from "./experiment.js";
import { hostTraces } from "./footprint.js";

const DOCUMENT = {
  machines: { small: { cpu: 0.2, memory: "64MiB" } },
  phases: { warmup: 0, measure: "0.5s" },
  guests: { a: { machine: "small", run: "sleep 100" } },
};

function helper(run: LiveRun, name: string): number | undefined {
  return processes().find(({ parent, commandLine }) => parent === run.pid && commandLine.includes(name))?.pid;
}

function expectComplete(run: LiveRun): void {
  const { outcome, guests } = run.record;
  expect(outcome, run.said).to.equal("completed");
  const ends = guests.flatMap((guest) => guest.ends);
  expect(
    ends.map(({ foreseen }) => foreseen),
    run.said,
  ).to.deep.equal([true]);
  // Which other tests beside it may spoil.
  const { verdict } = run.json("fidelity.json") as Fidelity;
  expect(run.code, run.said).to.equal(verdict === "not trustworthy" ? 1 : 0);
}

describe("while diecast run measures", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  const isFit = findHierarchy("cpu") !== undefined;
  for (const [args, expected] of [
    [[], isFit],
    [["--allow-idle"], false],
  ] as const) {
    it(`processors ${expected ? "are kept awake" : "may sleep"} ${args.join(" ")}`, async () => {
      experiment = new Experiment(DOCUMENT);
      const run = experiment.start("--tdf", "2", ...args);
      await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
      expect(helper(run, "diecast-awake") !== undefined).to.equal(expected);
      await run.ended;
      expectComplete(run);
      expect(run.record.allowIdle).to.equal(args.length > 0);
    });
  }

  for (const [machine, isLimited] of [
    [{ cpu: 0.2, memory: "64MiB" }, true],
    [{ memory: "64MiB" }, false],
  ] as const) {
    it(`guests' quotas are ${isLimited ? "looked at each millisecond" : "not looked at where there are none"}`, async () => {
      experiment = new Experiment({ ...DOCUMENT, machines: { small: machine } });
      const run = experiment.start("--tdf", "1");
      await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
      expect(helper(run, "diecast-tick") !== undefined).to.equal(isLimited);
      await run.ended;
      expectComplete(run);
    });
  }

  it("nothing that guests' processors depend on may end: the run fails then, and leaves nothing", async () => {
    experiment = new Experiment({ ...DOCUMENT, phases: { warmup: 0, measure: "100s" } });
    const names = ["diecast-pulse", "diecast-tick", ...(isFit ? ["diecast-awake"] : [])];
    const runs = names.map((name) => ({ name, run: (experiment as Experiment).start("--tdf", "2") }));
    for (const { name, run } of runs) {
      await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
      process.kill(helper(run, name) as number, "SIGKILL");
      await run.ended;
      expect(run.code, run.said).to.equal(2);
      expect(run.record.outcome).to.equal("failed");
      expect(run.stderr).to.match(new RegExp(`^diecast: ${name} has ended by itself$`, "m"));
      expect(hostTraces(run.record.id)).to.deep.equal([]);
    }
  });

  it("processors may sleep in a replay of a run in which they could", async () => {
    experiment = new Experiment(DOCUMENT);
    const first = await experiment.run("--tdf", "2", "--allow-idle");
    const again = await experiment.replay(first);
    expectComplete(again);
    expect(again.record.allowIdle).to.equal(true);
  });
});
