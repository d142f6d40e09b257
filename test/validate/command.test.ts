import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ownerOf } from "../../src/host/state/owner.js";
import { readValidation, type Validation } from "../../src/validate/validation.js";
import { Folder } from "../metrics/folder.js";
import { DIECAST, ROOT } from "../paths.js";

// A number that hangs on the seed alone: both TDFs come to the same, with a spread between repetitions.
const EXPERIMENT = {
  name: "tiny",
  machines: { small: { cpu: 0.2, memory: "64MiB" } },
  guests: { a: { machine: "small", run: "while :; do echo rate: $((100 + DIECAST_SEED)); sleep 0.1; done" } },
  phases: { warmup: "0.1s", measure: "0.6s" },
  sample: "0.2s",
  metrics: { rate: { guest: "a", stdout: "rate: (\\d+)", unit: "1/s" } },
};
const STEADY_ARGS = ["--tdf", "1,2", "--repeat", "2", "--margin", "10%"];
// Which need not first find out how fast the host's are.
const ARGS = [...STEADY_ARGS, "--no-steady-cores"];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe("diecast validate", function () {
  this.timeout(120_000);
  let folder: Folder;
  let live: Set<ChildProcess>;
  beforeEach(() => {
    folder = new Folder();
    live = new Set();
    mkdirSync(join(folder.path, "tiny"));
    folder.write("tiny/experiment.yaml", JSON.stringify(EXPERIMENT));
  });
  afterEach(async function () {
    for (const child of live) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
    folder.close(this.currentTest);
  });

  const out = () => join(folder.path, "out");

  /** @param onStderr sees all that was said so far */
  async function diecast(
    args: readonly string[],
    onStderr: (said: string, child: ChildProcess) => void = () => {},
  ) {
    const child = spawn(DIECAST, args, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
    live.add(child);
    const ended = { code: null as number | null, stdout: "", stderr: "" };
    child.stdout.on("data", (text) => {
      ended.stdout += text;
    });
    child.stderr.on("data", (text) => {
      ended.stderr += text;
      onStderr(ended.stderr, child);
    });
    [ended.code] = await once(child, "close");
    live.delete(child);
    return ended as Ended;
  }

  /** What holds however busy the machine was: which runs count is for it to say. */
  function assertConsistent({ runs, comparisons, verdict, complete }: Validation, repeat = 2): void {
    expect(complete).to.equal(true);
    for (const run of runs) {
      expect(run.seed).to.equal(run.repetition);
      expect(run.outcome, run.reasons.join()).to.equal("completed");
      expect(run.counted).to.equal(run.fidelity !== "not trustworthy");
      expect(existsSync(join(out(), run.path, "summary.json"))).to.equal(true);
    }
    const slots = new Set(runs.map(({ tdf, repetition }) => `${tdf} ${repetition}`));
    const repetitions = Array.from({ length: repeat }, (_, i) => i + 1);
    expect([...slots].sort()).to.deep.equal(
      ["1", "2"].flatMap((tdf) => repetitions.map((repetition) => `${tdf} ${repetition}`)),
    );
    const counted = (tdf: string) => runs.filter((run) => run.counted && run.tdf === tdf).length;
    expect(comparisons.map(({ tdf }) => tdf)).to.deep.equal(["2"]);
    const [set] = comparisons;
    expect([set?.baselineRuns, set?.scaledRuns]).to.deep.equal([counted("1"), counted("2")]);
    if (repeat === 2 && counted("1") === 2 && counted("2") === 2) {
      expect(verdict).to.equal("equivalent");
      const [rate] = set?.metrics[0]?.quantities ?? [];
      expect(rate).to.deep.include({ error: 0, verdict: "equivalent" });
      expect(rate?.baseline.values).to.deep.equal([101, 102]);
      expect(set?.profiles.map(({ group, resource }) => `${group} ${resource}`)).to.include("a cpu");
    }
  }

  it("runs all in turns, records it, and answers by its exit code", async () => {
    const { code, stdout, stderr } = await diecast(["validate", "tiny", ...STEADY_ARGS, "--out", "out"]);
    const validation = readValidation(out());
    assertConsistent(validation);
    expect(code, stderr).to.equal(validation.verdict === "equivalent" ? 0 : 2);
    expect(validation.command.slice(0, 2)).to.deep.equal(["validate", "tiny"]);
    expect(validation.host.cores).to.be.greaterThan(0);
    expect(validation.plan).to.deep.include({ tdfs: ["1", "2"], repeat: 2, seed: 1 });
    expect(stderr).to.match(/^run 1 of 4: TDF \d, repetition 1, seed 1; \d+ s left$/m);
    expect(stdout).to.match(
      /^metric +baseline +spread +scaled +spread +error +95 % interval +margin +verdict$/m,
    );
    expect(stdout).to.match(/\nrecorded in out\n$/);
    const csv = readFileSync(join(out(), "validation.csv"), "utf8").split("\n");
    expect(csv[1]).to.match(/^,2,,rate,1\/s,value,\d,\d,/);
    expect(readdirSync(out()).sort()).to.deep.equal([
      "experiment.json",
      "files",
      "report.html",
      "runs",
      "validation.csv",
      "validation.json",
    ]);
    // All with cores as fast as the host's were at the beginning.
    const { steadyCores } = validation.plan;
    expect(stderr).to.contain(`--steady-cores ${steadyCores}\n`);
    for (const { path } of validation.runs)
      expect(JSON.parse(readFileSync(join(out(), path, "run.json"), "utf8"))).to.include({ steadyCores });
    // The folder of each run is one like any other.
    const runs = validation.runs.filter(({ counted }) => counted).map(({ path }) => join("out", path));
    const compared = await diecast(["compare", runs[0] as string, runs.at(-1) as string]);
    expect(compared.code, compared.stderr).to.equal(0);
  });

  it("tests with several values, and shows what comes without dilation beside them", async () => {
    const what = ["--vary", "step=100,200", "--undilated"];
    const varied = [...what, "--repeat", "1", "--tdf", "1,2", "--no-steady-cores"];
    // A drive of the experiment's own, which `files` does not name: runs need it all the same.
    folder.write("tiny/own.json", readFileSync(join(ROOT, "models", "disks", "fixed.json"), "utf8"));
    folder.write(
      "tiny/experiment.yaml",
      JSON.stringify({
        ...EXPERIMENT,
        files: ["experiment.yaml"],
        machines: {
          small: { ...EXPERIMENT.machines.small, disk: { model: "./own.json", size: "16MiB", fs: "none" } },
        },
        parameters: { step: "guests.a.env.STEP" },
        guests: {
          a: {
            machine: "small",
            env: { STEP: 1 },
            run: "while :; do echo rate: $((STEP + DIECAST_SEED)); sleep 0.1; done",
          },
        },
      }),
    );
    const { code, stdout, stderr } = await diecast(["validate", "tiny", ...varied, "--out", "out"]);
    // One repetition shows nothing.
    expect(code, stderr).to.equal(2);
    const { plan, runs, comparisons } = readValidation(out());
    expect(plan.steadyCores).to.equal(null);
    expect(plan).to.deep.include({ vary: { name: "step", values: ["100", "200"] }, undilated: "2" });
    const of = (path: string) => JSON.parse(readFileSync(join(out(), path), "utf8"));
    for (const value of ["100", "200"]) {
      const [slow] = runs.filter((run) => run.value === value && run.sharesOf === "2");
      expect(slow?.tdf).to.equal("1");
      expect(of(`${slow?.path}/run.json`)).to.deep.include({ tdf: "1", sharesOf: "2" });
      expect(of(`${slow?.path}/plan.json`).guests[0].cpu.cores).to.deep.equal({ num: 1, den: 10 });
      const [scaled] = runs.filter((run) => run.value === value && run.tdf === "2");
      expect(of(`${scaled?.path}/run.json`)).to.deep.include({ tdf: "2", sharesOf: null });
      expect(of(`${scaled?.path}/plan.json`).guests[0].cpu.cores).to.deep.equal({ num: 1, den: 5 });
      const [compared] = comparisons.filter((one) => one.value === value && one.sharesOf === null);
      const [rate] = compared?.metrics[0]?.quantities ?? [];
      if (compared?.scaledRuns === 1) expect(rate?.scaled.values).to.deep.equal([Number(value) + 1]);
    }
    expect(stderr).to.match(/^run \d of 6: step = \d00, undilated 2, repetition 1, seed 1;/m);
    expect(stdout).to.match(/^step = 200, TDF 2: /m);
    expect(readFileSync(join(out(), "report.html"), "utf8")).to.contain("Against step");
  });

  it("can be interrupted and continued", async () => {
    let sent = false;
    const interrupted = await diecast(["validate", "tiny", ...ARGS, "--out", "out"], (said, child) => {
      const [, second] = said.split("run 2 of 4");
      if (sent || !second?.includes("warming up")) return;
      sent = true;
      child.kill("SIGINT");
    });
    expect(interrupted.code, interrupted.stderr).to.equal(130);
    expect(interrupted.stdout).to.contain("Interrupted; go on with: diecast validate --continue out\n");
    const before = readValidation(out());
    expect(before.complete).to.equal(false);
    expect(before.runs.at(-1)?.outcome).to.equal("interrupted");
    expect(spawnSync(DIECAST, ["ps", "--json"], { encoding: "utf8" }).stdout).to.not.contain(folder.path);

    writeFileSync(join(out(), ".running"), JSON.stringify(ownerOf(process.pid)));
    expect((await diecast(["validate", "--continue", "out"])).stderr).to.contain(
      `out: process ${process.pid} is carrying it out; wait for it`,
    );
    // One that was killed holds nothing.
    writeFileSync(join(out(), ".running"), JSON.stringify({ ...ownerOf(process.pid), startTicks: 1 }));
    const { code, stdout, stderr } = await diecast(["validate", "--continue", "out", "--json"]);
    const after = readValidation(out());
    expect(JSON.parse(stdout)).to.deep.equal(after);
    assertConsistent(after);
    expect(code, stderr).to.equal(after.verdict === "equivalent" ? 0 : 2);
    // What was complete was not run again.
    const kept = before.runs.filter(({ outcome }) => outcome !== "interrupted");
    expect(after.runs.slice(0, kept.length)).to.deep.equal(kept);

    const again = await diecast(["validate", "--continue", "out", "--quiet"]);
    expect(again.code).to.equal(code);
    expect(again.stderr).to.equal("");
    expect(readValidation(out())).to.deep.equal(after);

    const fewer = await diecast(["validate", "--continue", "out", "--repeat", "1"]);
    expect([fewer.code, fewer.stderr]).to.deep.equal([
      125,
      'diecast: --repeat: expected at least the 2 repetitions that have been run, got "1"\n',
    ]);
    expect(readValidation(out())).to.deep.equal(after);
    const more = await diecast(["validate", "--continue", "out", "--repeat", "3", "--quiet"]);
    const extended = readValidation(out());
    expect(extended.complete, more.stderr).to.equal(true);
    assertConsistent(extended, 3);
    expect(extended.added).to.deep.equal([{ what: "repetitions", from: 2, to: 3 }]);
    expect(extended.notes[0]).to.match(/^repetitions 3 to 3 were added when those before had been judged/);
    expect(readFileSync(join(out(), "validation.csv"), "utf8")).to.match(/^,2,,rate,1\/s,value,[23],[23],/m);
    // Those that were there, and a third of each.
    expect(extended.runs.slice(0, after.runs.length)).to.deep.equal(after.runs);
    const added = extended.runs.slice(after.runs.length);
    expect(new Set(added.map(({ repetition }) => repetition))).to.deep.equal(new Set([3]));
    expect(new Set(added.map(({ tdf }) => tdf))).to.deep.equal(new Set(extended.plan.tdfs));

    const twice = await diecast(["validate", "--continue", "out", "--baseline-repeat", "2", "--quiet"]);
    const { runs, notes, comparisons } = readValidation(out());
    const further = runs.slice(extended.runs.length);
    expect(new Set(further.map(({ tdf, take }) => `${tdf} ${take}`)), twice.stderr).to.deep.equal(
      new Set(["1 2"]),
    );
    expect(new Set(further.map(({ repetition }) => repetition))).to.deep.equal(new Set([1, 2, 3]));
    expect(notes[1]).to.match(/^each repetition's baseline runs 2 to 2 were added/);
    expect(comparisons[0]?.baselineRuns).to.be.above(extended.comparisons[0]?.baselineRuns as number);
  });

  it("stops when nothing works, and says why", async () => {
    const broken = { ...EXPERIMENT, guests: { a: { run: ["no-such-program"] } } };
    folder.write("tiny/experiment.yaml", JSON.stringify(broken));
    const { code, stderr } = await diecast(["validate", "tiny", ...ARGS, "--out", "out"]);
    expect(code).to.equal(125);
    expect(stderr).to.match(/diecast: the first two runs have failed: .*no-such-program/);
    expect(readValidation(out()).runs.length).to.equal(2);
  });

  for (const [args, message] of [
    [["tiny", "--tdf", "10"], /^diecast: --tdf: expected at least two different TDFs/],
    [["tiny", "--tdf", "1,2/2"], /^diecast: --tdf: expected at least two different TDFs/],
    [
      ["tiny", "--tdf", "1/3,0.333333"],
      /^diecast: --tdf: expected TDFs that differ in their first six digits/,
    ],
    [["tiny", "--margin", "none"], /^diecast: --margin: expected a share .*; with none first, only those/],
    [["tiny", "--repeat", "0"], /^diecast: --repeat: expected a whole number from 1 to 1000, got "0"/],
    [["tiny", "--margin", "p99=1%"], /^diecast: --margin: expected one of value, mean/],
    [["tiny", "--vary", "a"], /^diecast: --vary: expected NAME=VALUE,VALUE with at least two different/],
    [["tiny", "--vary", "seed=1,1"], /^diecast: --vary: expected NAME=VALUE,VALUE with at least two/],
    [["tiny", "--vary", "guests.b.count=1,2"], /^diecast: --vary guests\.b\.count=1: .*no "b"/],
    [["tiny", "--vary", "guests.a.count=1,-2"], /^--vary guests\.a\.count=-2: /],
    [["tiny", "--undilated", "0"], /^diecast: --undilated: /],
    [["tiny", "--json", "--csv"], /^diecast: --csv: expected either/],
    [[], /^diecast: an experiment is missing; name its file/],
    [["--continue", "nowhere"], /expected a validation's record; it is not there\n$/],
    [
      ["--continue", "nowhere", "--tdf", "1,3"],
      /^diecast: --continue: expected no experiment and no plan beside it, got --tdf/,
    ],
    [
      ["--continue", "nowhere", "--steady-cores", "2e9"],
      /^diecast: --continue: expected no experiment and no plan beside it, got --steady-cores/,
    ],
    [["tiny", "--steady-cores", "2"], /^diecast: --steady-cores: expected steps per second from 1e6/],
    [["--continue", "nowhere", "--repeat", "x"], /^diecast: --repeat: expected a whole number from 1/],
    [["nowhere"], /nowhere: expected an experiment file/],
  ] as const) {
    it(`refuses ${["validate", ...args].join(" ")}, and leaves nothing`, async () => {
      const { code, stderr } = await diecast(["validate", ...args]);
      expect(code).to.equal(125);
      expect(stderr).to.match(message);
      expect(readdirSync(folder.path)).to.deep.equal(["tiny"]);
    });
  }

  it("has help with examples", async () =>
    expect((await diecast(["validate", "--help"])).stdout).to.contain(
      "diecast validate experiments/quickstart --tdf 1,2,5,10\n",
    ));

  it("leaves repeats without a comparison to diecast run --repeat", async () => {
    const { code, stdout, stderr } = await diecast([
      "run",
      "tiny",
      "--tdf",
      "2",
      "--repeat",
      "2",
      "--seed",
      "3",
      "--out",
      "out",
      "--json",
    ]);
    const { runs, spread } = JSON.parse(stdout) as {
      runs: { directory: string; seed: number; outcome: string }[];
      spread: { values: number[]; mean: number }[];
    };
    expect(code, stderr).to.be.oneOf([0, 1]);
    expect(runs.map(({ directory, seed, outcome }) => [directory, seed, outcome])).to.deep.equal([
      [join(out(), "1"), 3, "completed"],
      [join(out(), "2"), 4, "completed"],
    ]);
    expect(spread[0]).to.deep.include({ values: [103, 104], mean: 103.5 });
  });
});
