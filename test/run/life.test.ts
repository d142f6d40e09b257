import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { RunSummary } from "../../src/metrics/summary.js";
import { expectDuration } from "../tolerance.js";
import { Experiment, TWO_GUESTS } from "./experiment.js";

describe("a run", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  for (const tdf of ["1", "3"]) {
    it(`shows guests their machine and each other (TDF ${tdf})`, async () => {
      experiment = new Experiment(
        {
          ...TWO_GUESTS,
          seed: 7,
          guests: {
            a: {
              machine: "small",
              run: `cat file; hostname; pwd; echo $DIECAST_GUEST $DIECAST_INDEX $DIECAST_COUNT $DIECAST_SEED $MINE; echo mine > file; sleep 100`,
              env: { MINE: "yes" },
            },
            b: {
              machine: "small",
              run: `sleep 0.2; ping -c 5 -i 0.2 a; cat file; echo ready; sleep 100`,
              ready: { log: "^ready" },
            },
          },
          metrics: { answers: { guest: "b", stdout: "time=([\\d.]+) ms", unit: "ms", combine: "mean" } },
        },
        { file: "as it was\n" },
      );
      const run = await experiment.runUndisturbed("--tdf", tdf);
      expect(run.code, run.said).to.equal(0);
      expect(run.output("a")).to.equal("as it was\na\n/experiment\na 1 1 7 yes\n");
      expect(run.output("b")).to.match(/5 received, 0% packet loss(?:.|\n)*as it was\nready\n$/);
      const rtts = [...run.output("b").matchAll(/time=([\d.]+)/g)].map((match) => Number(match[1]));
      expectDuration({
        what: "round trip",
        expectedNs: 40e6,
        measuredNs: Math.min(...rtts) * 1e6,
        tdf: Number(tdf),
        setup: run.command,
      });
    });
  }

  it("takes its TDF as long in real time as its phases are in virtual time", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: { a: { machine: "small" }, b: { machine: "small" } },
    });
    const run = await experiment.runUndisturbed("--tdf", "3");
    expect(run.code, run.said).to.equal(0);
    const { began, ended, phases } = run.record;
    expect(Date.parse(`${ended}`) - Date.parse(began)).to.be.at.least(3 * 1300);
    const { realNs, measureBeginNs, measureEndNs } = phases;
    for (const [what, expectedNs, measuredNs] of [
      ["warm-up", 3 * 0.3e9, realNs["warm-up"]],
      ["measuring", 3 * 1e9, realNs.measure],
      ["measuring, virtual", 1e9, Number(measureEndNs) - Number(measureBeginNs)],
    ] as const) {
      // What is read at the phases' borders counts to them.
      const lateNs = 100e6;
      expectDuration({
        what,
        expectedNs,
        measuredNs: Number(measuredNs),
        tdf: 1,
        lateNs,
        setup: run.command,
      });
    }
  });

  it("releases all guests at one virtual instant, at the same date", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      start: "2030-01-01T00:00:00Z",
      guests: Object.fromEntries(
        ["a", "b"].map((name) => [name, { machine: "small", run: "date -u +%s.%N; sleep 100" }]),
      ),
    });
    const run = await experiment.runUndisturbed("--tdf", "3");
    expect(run.code, run.said).to.equal(0);
    for (const guest of ["a", "b"]) {
      expectDuration({
        what: `${guest}'s first look at the clock`,
        expectedNs: 0,
        measuredNs: (Number(run.output(guest)) - 1893456000) * 1e9,
        tdf: 3,
        // sh and date share 0.2 cores; and JavaScript numbers have 0.3 µs here.
        lateNs: 400e6,
        grainNs: 1000,
        setup: run.command,
      });
    }
  });

  it("starts guests in their order, when those they wait for are ready", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        b: { machine: "small", run: "date +%s%N; sleep 100", after: ["a"] },
        a: { machine: "small", run: "sleep 0.3; date +%s%N; echo up; sleep 100", ready: { log: "up" } },
      },
    });
    const run = await experiment.runUndisturbed("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(Number(run.output("b"))).to.be.greaterThan(Number(run.output("a").split("\n")[0]));
  });

  for (const [what, run, ready] of [
    ["writes a line to standard error", "sleep 0.3; echo up >&2; date +%s%N; sleep 100", { log: "^up$" }],
    [
      "listens, if only by IPv4",
      [
        "node",
        "-e",
        'setTimeout(() => require("net").createServer().listen(80, "0.0.0.0", () => console.log(Date.now() + "000000")), 300)',
      ],
      { tcp: 80 },
    ],
    ["has what a command looks for", "sleep 0.3; date +%s%N; touch up; sleep 100", { command: "[ -e up ]" }],
  ] as const) {
    it(`counts a guest as ready when it ${what}`, async () => {
      experiment = new Experiment({
        ...TWO_GUESTS,
        guests: {
          a: { machine: "small", run, ready },
          b: { machine: "small", run: "date +%s%N; sleep 100", after: ["a"] },
        },
      });
      const done = await experiment.runUndisturbed("--tdf", "2");
      expect(done.code, done.said).to.equal(0);
      expect(Number(done.output("b"))).to.be.greaterThan(Number(done.output("a")));
      expect(done.record.phases.readyNs).to.be.within(0.3e9, 5e9);
    });
  }

  it("prepares undilated, and keeps what preparing wrote", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: {
          machine: "small",
          prepare: ["sleep 0.2; date +%s > prepared"],
          run: "cat prepared; sleep 100",
          collect: ["prepared"],
        },
        b: { machine: "small" },
      },
    });
    const before = Date.now();
    const run = await experiment.runUndisturbed("--tdf", "4");
    expect(run.code, run.said).to.equal(0);
    expect(Number(run.output("a")) * 1000).to.be.within(before - 1000, Date.now());
    expect(run.text("guests", "a", "files", "prepared")).to.equal(run.output("a"));
  });

  it("keeps a guest's files apart from its outputs, wherever they lie", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: {
          machine: "small",
          cwd: "/var/tmp",
          run: [
            "echo '# ours'; echo file > stdout.log; echo other > ../outside; echo log > /experiment/a.log",
            "printf 'ms\\n' > stdout; sleep 0.5; while :; do echo 5 >> stdout; sleep 0.1; done",
          ].join("; "),
          collect: ["stdout.log", "../outside", "/experiment/a.log"],
        },
        b: { machine: "small" },
      },
      metrics: { times: { guest: "a", csv: "/var/tmp/stdout", column: "ms", unit: "ms" } },
    });
    const run = await experiment.runUndisturbed("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("# ours\n");
    expect(run.text("guests", "a", "files", "stdout.log")).to.equal("file\n");
    expect(run.text("guests", "a", "root", "var", "outside")).to.equal("other\n");
    expect(run.text("guests", "a", "root", "experiment", "a.log")).to.equal("log\n");
    expect((run.json("summary.json") as RunSummary).metrics[0]?.count).to.be.within(4, 11);
  });

  it("asks programs to end as they want to be asked, and lets them", async () => {
    const leaving = "trap 'sleep 0.2; echo bye; exit 0' INT; while :; do sleep 0.02; done";
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: { machine: "small", run: leaving, stop: { signal: "SIGINT", grace: "0.6s" } },
        b: { machine: "small", run: leaving, stop: { signal: "SIGINT", grace: "50ms" } },
      },
    });
    const run = await experiment.runUndisturbed("--tdf", "3");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("bye\n");
    expect(run.output("b")).to.equal("");
  });

  it("says which guest ended though it should not have, and goes on", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: { machine: "small", run: "sleep 0.5; echo out of luck >&2; exit 7" },
        b: { machine: "small", run: "sleep 0.9; echo still here; sleep 100" },
      },
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(1);
    expect(run.stderr).to.match(
      /warning: a: its program ended at .* with exit code 7; its last words: out of luck/,
    );
    expect(run.output("b")).to.equal("still here\n");
  });

  it("draws the same losses from the same seed", async () => {
    experiment = new Experiment({
      machines: TWO_GUESTS.machines,
      phases: { warmup: 0, measure: "1.8s" },
      network: { links: [{ from: "a", to: "b", latency: "1ms", loss: "30%" }] },
      guests: {
        a: { machine: "small" },
        b: { machine: "small", run: "sleep 0.3; ping -c 25 -i 0.05 a; sleep 100" },
      },
    });
    const answered: string[] = [];
    for (const seed of ["1", "1", "2"]) {
      const run = await experiment.runUndisturbed("--tdf", "1", "--seed", seed);
      expect(run.code, run.said).to.equal(0);
      answered.push(
        run
          .output("b")
          .match(/icmp_seq=\d+/g)
          ?.join() ?? "",
      );
    }
    expect(answered[0]).to.equal(answered[1]);
    expect(answered[0]).not.to.equal(answered[2]);
  });

  it("takes metrics from the measuring phase only", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      phases: { warmup: "1s", measure: "1s" },
      guests: {
        a: {
          machine: "small",
          count: 2,
          run: `i=0; echo ms > t.csv; while :; do echo "n: $i"; echo $i >> t.csv; i=$((i + 1)); sleep 0.1; done`,
        },
        b: { machine: "small", run: "while :; do echo 'n: 1'; sleep 0.1; done" },
      },
      metrics: {
        steps: { guest: "a", stdout: "n: (\\d+)", unit: "1", combine: "sum", each: "count" },
        least: { guest: "a", stdout: "n: (\\d+)", unit: "1", combine: "min", each: "min" },
        times: { guest: "a", csv: "t.csv", column: "ms", unit: "ms" },
      },
    });
    const run = await experiment.runUndisturbed("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    const summary = run.json("summary.json") as RunSummary;
    const [steps, least, times] = summary.metrics;
    expect(steps?.kind === "pattern" && steps.value).to.be.within(15, 21);
    expect(least?.kind === "pattern" && least.value).to.be.within(7, 11);
    expect(times?.count).to.be.within(15, 21);
    expect(summary.resources?.groups.a?.cpuCores).to.be.within(0.001, 0.25);
    expect(run.text("metrics", "guests.csv").split("\n").length).to.be.greaterThan(3);
    expect(existsSync(join(run.directory, "metrics/values/times.csv"))).to.equal(true);
  });
});
