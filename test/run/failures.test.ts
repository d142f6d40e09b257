import { existsSync, mkdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { RunSummary } from "../../src/metrics/summary.js";
import { until } from "../launch/tree.js";
import { Experiment } from "./experiment.js";

const MACHINE = {
  machines: { small: { cpu: 0.2, memory: "64MiB" } },
  phases: { warmup: "0.2s", measure: "0.5s" },
};

/** A guest that writes a number again and again, and a metric of them. */
const COUNTING = one(
  { run: "while :; do echo 'n: 1'; sleep 0.05; done" },
  { metrics: { n: { guest: "a", stdout: "n: (\\d+)", unit: "1", each: "count", combine: "sum" } } },
);

function one(guest: object, rest: object = {}): object {
  return { ...MACHINE, guests: { a: { machine: "small", ...guest } }, ...rest };
}

describe("a run that goes wrong", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  const cases: [what: string, document: object, message: RegExp][] = [
    [
      "a guest that ends before it is ready",
      one({ run: "echo no database >&2; exit 4", ready: { tcp: 80 } }),
      /a: ended with exit code 4 before it was ready; its last words: no database/,
    ],
    [
      "a guest that is never ready",
      one({ run: "sleep 1000", ready: { tcp: 80, timeout: "0.3s" } }),
      /a: not ready after 0\.3 s \(nothing listens on TCP port 80\); it has written nothing/,
    ],
    [
      "a ready check that hangs",
      one({ run: "sleep 1000", ready: { command: "sleep 1000", timeout: "0.3s" } }),
      /a: not ready after 0\.3 s \(.*sleep 1000 has not ended/,
    ],
    [
      "guests that together take too long to be ready",
      one(
        { run: "sleep 1000", ready: { tcp: 80, timeout: "1000s" } },
        { phases: { ...MACHINE.phases, ready: "0.3s" } },
      ),
      /phases\.ready: not ready after 0\.3 s: a$/m,
    ],
    [
      "a preparation that fails",
      one({ prepare: ["echo full >&2; false"], run: "true" }),
      /a: prepare: .*false ended with exit code 1; its last words: full/,
    ],
    ["a program that does not exist", one({ run: ["/no/such/program"] }), /a: .*\/no\/such\/program/],
    ["a user who does not exist", one({ run: "true", user: "nobody-at-all" }), /a: .*nobody-at-all/],
  ];
  for (const [what, document, message] of cases) {
    it(`fails with one line for ${what}`, async () => {
      experiment = new Experiment(document);
      const run = await experiment.run("--tdf", "2");
      expect(run.code, run.said).to.equal(2);
      expect(run.stderr).to.match(message);
      expect(run.record.outcome).to.equal("failed");
    });
  }

  it("refuses what the host cannot carry, and says at which TDF it could", async () => {
    experiment = new Experiment(
      one({ run: "true", count: 100 }, { machines: { small: { cpu: 1, memory: "4MiB" } } }),
    );
    const run = await experiment.run("--tdf", "1");
    expect(run.code, run.said).to.equal(125);
    expect(run.stderr).to.match(/TDF \d+/);
    expect(existsSync(run.directory)).to.equal(false);
  });

  it("leaves no folder behind when the experiment's files are too much", async () => {
    experiment = new Experiment(one({ run: "true" }), { huge: "" });
    truncateSync(join(experiment.folder, "experiment/huge"), 600 * 2 ** 20);
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(125);
    expect(run.stderr).to.match(/holds more than 512 MiB/);
    expect(existsSync(run.directory)).to.equal(false);
  });

  it("collects what links in the guest lead to there; warns of what is missing or no plain file", async () => {
    experiment = new Experiment(
      one({
        run: "mkfifo pipe; echo mine > /etc/passwd; ln -s /etc/passwd link; sleep 100",
        collect: ["pipe", "link", "none"],
      }),
    );
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.text("guests/a/files/link")).to.equal("mine\n");
    for (const file of ["pipe", "none"]) {
      expect(run.stderr).to.contain(`warning: a: has left no file ${file}\n`);
      expect(existsSync(join(run.directory, "guests/a/files", file))).to.equal(false);
    }
  });

  it("refuses a folder that has something in it", async () => {
    experiment = new Experiment(one({ run: "true" }));
    const run = await experiment.run("--tdf", "2", "--out", experiment.folder);
    expect(run.code, run.said).to.equal(125);
    expect(run.stderr).to.match(/expected a new or empty folder/);
  });

  it("keeps what was measured when it is interrupted", async () => {
    experiment = new Experiment({ ...COUNTING, phases: { warmup: "0.2s", measure: "1000s" } });
    const run = experiment.start("--tdf", "2");
    await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    run.child.kill("SIGINT");
    await run.ended;
    expect(run.code, run.said).to.equal(130);
    expect(run.record.outcome).to.equal("interrupted");
    const summary = run.json("summary.json") as RunSummary;
    expect(summary.complete).to.equal(false);
    expect(summary.metrics[0]?.count).to.be.greaterThan(3);
    expect(run.text("report.html")).to.contain("interrupted");
  });

  it("is complete even if its report cannot be written, with a warning", async () => {
    experiment = new Experiment(COUNTING);
    const run = experiment.start("--tdf", "2");
    await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
    mkdirSync(join(run.directory, "report.html"));
    await run.ended;
    expect(run.code, run.said).to.equal(0);
    expect(run.stderr).to.match(/^warning: there is no report: cannot write .*report\.html: EISDIR/m);
    expect(existsSync(join(run.directory, "report.html.new"))).to.equal(false);
  });

  it("has failed when it cannot be concluded, and keeps what was measured", async () => {
    experiment = new Experiment(COUNTING);
    const run = experiment.start("--tdf", "2");
    await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
    rmSync(join(run.directory, "metrics/values"), { recursive: true });
    await run.ended;
    expect(run.code, run.said).to.equal(2);
    expect(run.stderr).to.match(/^diecast: .*metrics\/values/m);
    expect(run.record.outcome).to.equal("failed");
    expect(run.record.error).to.match(/metrics\/values/);
    expect(run.record.phases.measureEndNs).to.be.greaterThan(0);
    expect(run.output("a")).to.match(/n: 1/);
    expect(run.json("fidelity.json")).to.include({ packets: 0 });
    expect(existsSync(join(run.directory, "summary.json"))).to.equal(false);
  });

  it("has failed when its folder is gone at the end", async () => {
    experiment = new Experiment(COUNTING);
    const run = experiment.start("--tdf", "2");
    await until(() => run.stderr.includes("measuring"), "the measuring phase", 20_000);
    renameSync(run.directory, join(experiment.folder, "elsewhere"));
    await run.ended;
    expect(run.code, run.said).to.equal(2);
    expect(run.stderr).to.match(/^diecast: cannot conclude the run: .*no such file/m);
  });

  it("kills a guest that fills the host's disk with its output", async () => {
    experiment = new Experiment(
      one(
        { run: "truncate -s 2G /proc/self/fd/2; sleep 100" },
        { phases: { ...MACHINE.phases, measure: "2s" } },
      ),
    );
    const run = await experiment.run("--tdf", "2");
    expect(run.stderr).to.match(/^warning: a: killed, as its stderr\.log has passed 1 GiB$/m);
    expect(run.record.guests[0]?.ends[0]).to.include({ signal: "SIGKILL", foreseen: true });
  });

  it("goes on while guests fork without end, fill their disks, flood the network and eat their memory", async () => {
    experiment = new Experiment({
      machines: {
        small: { cpu: 0.1, memory: "64MiB", scratch: "16MiB", processes: 50, nic: { bandwidth: "10Mbit/s" } },
      },
      phases: { warmup: "0.2s", measure: "3s" },
      network: {
        switches: { s: {} },
        links: ["fork", "disk", "flood", "memory", "good"].map((from) => ({ from, to: "s", latency: "1ms" })),
      },
      guests: {
        fork: { machine: "small", run: "f() { f | f & }; f; sleep 100" },
        disk: {
          machine: "small",
          run: "cat /dev/zero > big; cat /dev/zero > /tmp/big; cat /dev/zero > /big; df . >&2; sleep 100",
        },
        flood: { machine: "small", run: "ping -f -s 1400 good > /dev/null" },
        memory: { machine: "small", run: "tail /dev/zero; sleep 100" },
        good: {
          machine: "small",
          run: "while :; do sleep 0.1; echo 'n: 1'; done",
        },
      },
      metrics: {
        steps: { guest: "good", stdout: "n: (\\d+)", unit: "1", each: "count", combine: "sum" },
      },
    });
    const run = await experiment.run("--tdf", "3");
    const summary = run.json("summary.json") as RunSummary;
    const [steps] = summary.metrics;
    expect(steps?.kind === "pattern" && steps.value, run.said).to.be.within(20, 31);
    const record = (name: string) => run.record.guests.find((guest) => guest.name === name);
    expect(record("fork")?.refusedForks, run.said).to.be.greaterThan(0);
    expect(record("memory")?.outOfMemoryKills, run.said).to.be.greaterThan(0);
    expect(run.stderr).to.match(/warning: fork: .*forks/);
    expect(run.stderr).to.match(/warning: memory: .*memory/);
    expect(run.text("guests", "disk", "stderr.log")).to.match(/No space left/);
    expect(existsSync(join(run.directory, "fidelity.json"))).to.equal(true);
  });
});
