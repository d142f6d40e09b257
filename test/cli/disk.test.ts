import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DIECAST, ROOT } from "../paths.js";

const TRACE = `${ROOT}test/disk/fixtures/st32171w-bursty-mix.csv`;

function disk(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(DIECAST, ["disk", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("diecast disk", () => {
  it("list names the models", () => {
    const { status, stdout, stderr } = disk("list");
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    expect(stdout).to.match(/^seagate-st32171w +mechanical +2\.159 GB +1 /m);
    expect(JSON.parse(disk("list", "--json").stdout)).to.deep.include({
      name: "seagate-st32171w",
      kind: "mechanical",
      capacityBytes: 4217670 * 512,
      queueDepth: 1,
      model: "ST32171W (Barracuda)",
    });
  });

  it("show prints figures and sources", () => {
    const { stdout } = disk("show", "seagate-st32171w");
    expect(stdout).to.contain("rotationSpeedRpm").and.contain("DiskSim 4.0").and.contain("Carnegie Mellon");
  });

  it("replay prints times and the demerit figure, and writes each request's", () => {
    const directory = mkdtempSync(join(tmpdir(), "diecast-disk-"));
    try {
      const csv = join(directory, "times.csv");
      const { status, stdout } = disk("replay", "seagate-st32171w", TRACE, "--csv", csv);
      expect(status).to.equal(0);
      expect(stdout).to.match(/^service +\S+ +0\.\d\d % +\S+$/m);
      const report = JSON.parse(disk("replay", "seagate-st32171w", csv, "--json").stdout);
      expect(report.requests).to.equal(300);
      // Its own times are the reference now.
      expect(report.demerit.service.ms).to.be.below(1e-5);
      expect(readFileSync(csv, "utf8").split("\n")).to.have.length(302);
      const reference = join(directory, "reference.txt");
      writeFileSync(reference, "10\n20\n30\n");
      const given = JSON.parse(
        disk("replay", "seagate-st32171w", TRACE, "--reference", reference, "--json").stdout,
      );
      expect(given.demerit.response.referenceMean).to.equal(20);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("replay takes a scheduler", () => {
    const deep = TRACE.replace("bursty-mix", "deep-queue-sstfLbn");
    const mean = (...args: string[]) =>
      JSON.parse(disk("replay", "seagate-st32171w", deep, "--json", ...args).stdout).responseMs.mean;
    expect(mean("--scheduler", "sstf")).to.be.below(mean());
  });

  it("tells of what it cannot use, in one line", () => {
    expect(disk("replay", "nothing-of-the-kind", TRACE).stderr).to.match(
      /^diecast: disk model: there is none called "nothing-of-the-kind"; .*\n$/,
    );
    expect(disk("replay", "none", "/nowhere").stderr).to.match(/^diecast: trace \/nowhere: ENOENT.*\n$/);
    expect(disk("replay", "none", TRACE, "--scheduler", "elevator").stderr).to.equal(
      'diecast: --scheduler: expected fcfs, c-look, sstf, sptf, got "elevator"\n',
    );
  });
});
