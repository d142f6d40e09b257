import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { release, totalmem } from "node:os";
import { expect } from "chai";
import { RunDirectory } from "../../src/run/directory.js";
import type { RunRecord } from "../../src/run/record.js";
import { DIECAST } from "../paths.js";
import { Experiment, type LiveRun } from "./experiment.js";

const DOCUMENT = {
  machines: { small: { cpu: 0.2, memory: "64MiB" } },
  phases: { warmup: "0.1s", measure: "0.3s" },
  guests: { a: { machine: "small", count: 2, run: "cat greeting; echo $DIECAST_SEED; sleep 100" } },
};

/** What the first guest may use of a real core, as set up. */
function coresOf(run: LiveRun): number {
  const { guests } = run.json("plan.json") as {
    guests: { cpu: { bandwidth: { quotaUs: number; periodUs: number } } }[];
  };
  const { quotaUs, periodUs } = guests[0]?.cpu.bandwidth ?? { quotaUs: 0, periodUs: 1 };
  return quotaUs / periodUs;
}

describe("a run's folder", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  it("is enough to run it again: files, overrides, seed and TDF", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--tdf", "3", "--seed", "5", "--set", "guests.a.count=3");
    expect(first.code, first.said).to.equal(0);

    const moved = await experiment.replay(first);
    expect(moved.code, moved.said).to.equal(0);
    expect(moved.output("a-3")).to.equal("hello\n5\n");
    const what = ({ tdf, seed, experiment: name, reference }: RunRecord) => ({ tdf, seed, name, reference });
    expect(what(moved.record)).to.deep.equal(what(first.record));
    // And guests' clocks begin where they began then.
    expect(first.record.startWallNs).to.match(/^\d{19}$/);
    expect(moved.record.startWallNs).to.equal(first.record.startWallNs);
    expect(RunDirectory.open(moved.directory).path).to.equal(moved.directory);
  });

  it("is replayed with a word on what is not as it was", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--tdf", "1");
    expect(first.json("host.json")).to.have.property("path", process.env.PATH);
    first.change("host.json", {
      kernel: "2.6.0",
      packages: { "no-such-package": "1.0-1" },
      memoryBytes: 2 ** 30,
    });
    const again = await experiment.replay(first, "--quiet");
    expect(again.code, again.said).to.equal(0);
    expect(again.stderr).to.equal(
      [
        `kernel: the run had 2.6.0, here it is ${release()}`,
        `memory (GiB): the run had 1, here it is ${Math.round(totalmem() / 2 ** 30)}`,
        "no-such-package: the run had 1.0-1, here it is none",
      ]
        .map((line) => `note: ${line}\n`)
        .join(""),
    );
  });

  it("replays at another TDF", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--tdf", "1");
    const again = await experiment.replay(first, "--tdf", "5/2");
    expect(again.code, again.said).to.equal(0);
    expect(again.record.tdf).to.equal("5/2");
  });

  it("of a run without dilation is not replayed at a TDF", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--undilated", "4");
    const again = await experiment.replay(first, "--tdf", "10");
    expect(again.code, again.said).to.equal(125);
    expect(again.stderr).to.equal(
      'diecast: --tdf: expected none: the run was without dilation (--undilated), got "10"\n',
    );
  });

  it("gives guests of a replay as many cores more as the recorded ones were faster", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--tdf", "2");
    const { reference } = first.record;
    const faster = { ...reference, stepsPerSecond: reference.stepsPerSecond * 2 };
    first.change("run.json", { reference: faster });
    const again = await experiment.replay(first, "--overcommit");
    expect(again.code, again.said).to.equal(0);
    expect(again.record.reference).to.deep.equal(faster);
    expect(again.record.speedRatio).to.be.within(1.7, 2.3);
    const scaled = coresOf(again) / coresOf(first);
    expect(scaled).to.be.closeTo(again.record.speedRatio, 0.01);
  });

  it("is refused for a replay when its cores were measured in another way", async () => {
    experiment = new Experiment(DOCUMENT, { greeting: "hello\n" });
    const first = await experiment.run("--tdf", "2");
    first.change("run.json", { reference: { ...first.record.reference, version: 0 } });
    const again = await experiment.replay(first);
    expect(again.code, again.said).to.equal(125);
    expect(again.stderr).to.match(/another version of DieCast's calibration/);
  });

  it("has files that are called as what is left out by default, and so has its replay", async () => {
    experiment = new Experiment(
      { ...DOCUMENT, files: ["runs"], guests: { a: { machine: "small", run: "cat runs/data; sleep 100" } } },
      { "runs/data": "hello\n" },
    );
    const first = await experiment.run("--tdf", "1");
    expect(first.output("a"), first.said).to.equal("hello\n");
    const again = await experiment.replay(first);
    expect(again.code, again.said).to.equal(0);
    expect(again.output("a")).to.equal("hello\n");
  });

  it("is refused for a replay when it is none", () => {
    const { status, stderr } = spawnSync(DIECAST, ["replay", "/nowhere"], { encoding: "utf8" });
    expect(status).to.equal(125);
    expect(stderr).to.equal("diecast: /nowhere: expected a run's folder; it is no folder\n");
  });
});

describe("diecast run", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  it("--dry-run prints the plan and sets nothing up", async () => {
    experiment = new Experiment(DOCUMENT);
    const run = await experiment.run("--tdf", "4", "--dry-run");
    expect(run.code, run.said).to.equal(0);
    expect(run.stdout).to.match(/test at TDF 4.*2 guests/);
    expect(run.stdout).to.match(/^a +2 +small +0\.2 +0\.05/m);
    expect(existsSync(run.directory)).to.equal(false);
  });

  it("--dry-run --json prints it for programs", async () => {
    experiment = new Experiment(DOCUMENT);
    const run = await experiment.run("--tdf", "4", "--dry-run", "--json");
    expect(JSON.parse(run.stdout)).to.include({ experiment: "test", tdf: 4 });
  });

  it("--tdf auto takes what this host needs", async () => {
    experiment = new Experiment({
      ...DOCUMENT,
      machines: { small: { cpu: 1000, memory: "64MiB" } },
    });
    const run = await experiment.run("--tdf", "auto", "--dry-run", "--json");
    expect(run.code, run.said).to.equal(0);
    expect((JSON.parse(run.stdout) as { tdf: number }).tdf).to.be.greaterThan(10);
  });

  it("--json prints the summary and nothing else", async () => {
    experiment = new Experiment(DOCUMENT);
    const run = await experiment.run("--tdf", "4", "--json", "--quiet");
    const { outcome, directory, fidelity } = JSON.parse(run.stdout) as {
      outcome: string;
      directory: string;
      fidelity: { verdict: string };
    };
    expect({ outcome, directory }).to.deep.equal({ outcome: "completed", directory: run.directory });
    expect(fidelity).to.deep.equal(run.json("fidelity.json"));
    expect(fidelity.verdict).to.be.oneOf(["trustworthy", "doubtful"]);
    expect(run.stderr).to.equal("");
  });

  for (const [args, message] of [
    [["--tdf", "fast"], /--tdf: expected a decimal/],
    [["--seed", "-1"], /--seed: expected a whole number/],
    [["--set", "guests.b.count=4"], /--set/],
    [["--set", "nonsense"], /--set/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      experiment = new Experiment(DOCUMENT);
      const run = await experiment.run(...args);
      expect(run.code, run.said).to.equal(125);
      expect(run.stderr).to.match(message);
    });
  }
});
