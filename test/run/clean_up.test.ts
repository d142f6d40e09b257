import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { RunRecord } from "../../src/run/record.js";
import { until } from "../launch/tree.js";
import { DIECAST } from "../paths.js";
import { Experiment } from "./experiment.js";
import { diskDevices, Footprint, hostTraces, writebackTime } from "./footprint.js";

// Programs that do not want to go: a writer to a disk, a daemon in a session of its own, and one that ignores what asks it to end.
const STUBBORN = `(while :; do seq 50000 > /data/f; sync /data/f; done) & (setsid sh -c 'while :; do sleep 1000; done' &); trap "" TERM INT HUP; while :; do sleep 0.1; done`;

const DOCUMENT = {
  machines: { small: { cpu: 0.1, memory: "64MiB", disk: { model: "none", size: "32MiB" } } },
  network: { switches: { s: {} }, links: [{ from: "a", to: "s" }] },
  phases: { warmup: "1s", measure: "100s" },
  guests: {
    a: {
      machine: "small",
      count: 4,
      prepare: ["sleep 1"],
      run: STUBBORN,
      ready: { command: "sleep 0.3", timeout: "100s" },
    },
  },
};

describe("kill -9 of diecast leaves nothing within two seconds", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  for (const phase of ["building", "preparing", "starting programs", "warming up", "measuring", "stopping"]) {
    it(`while ${phase}`, async () => {
      experiment = new Experiment({
        ...DOCUMENT,
        phases: { warmup: "1s", measure: phase === "stopping" ? "0.3s" : "100s" },
      });
      const [others, writeback] = [diskDevices(), writebackTime()];
      const run = experiment.start("--tdf", "2");
      await until(() => run.stderr.includes(phase), phase, 30_000);
      const footprint = new Footprint(run.pid);
      if (phase !== "building" && phase !== "stopping") {
        expect(footprint.namespaces).to.be.at.least(4);
        expect(diskDevices().length).to.equal(others.length + 4);
        expect(writebackTime()).to.equal(2 * writeback);
      }
      process.kill(run.pid, "SIGKILL");
      await run.ended;
      await until(() => footprint.left() === "", `the end of\n${footprint.left()}`, 2000);
      const disks = () => diskDevices().filter((device) => !others.includes(device));
      await until(() => disks().length === 0, `the end of ${disks()}`, 2000);

      const { id } = existsSync(join(run.directory, "run.json")) ? run.record : ({ id: "none" } as RunRecord);
      const cleaned = spawnSync(DIECAST, ["clean"], { encoding: "utf8" });
      expect(cleaned.status, cleaned.stderr).to.equal(0);
      expect(hostTraces(id)).to.deep.equal([]);
      expect(writebackTime()).to.equal(writeback);
    });
  }

  it("and a run that ends by itself leaves nothing at all", async () => {
    experiment = new Experiment({ ...DOCUMENT, phases: { warmup: 0, measure: "0.5s" } });
    const [others, writeback] = [diskDevices(), writebackTime()];
    const run = experiment.start("--tdf", "2");
    await until(() => run.stderr.includes("measuring"), "measuring", 30_000);
    const footprint = new Footprint(run.pid);
    await run.ended;
    expect(run.code, run.said).to.equal(0);
    expect(footprint.left()).to.equal("");
    expect(diskDevices()).to.deep.equal(others);
    expect(hostTraces(run.record.id)).to.deep.equal([]);
    expect(writebackTime()).to.equal(writeback);
  });
});
