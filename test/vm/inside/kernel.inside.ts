import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { CheckReport } from "../../../src/host/check/check.js";
import { readSummary } from "../../../src/metrics/summary.js";
import type { RunRecord } from "../../../src/run/record.js";
import { DIECAST, ROOT } from "../../paths.js";

// For scripts/test-vm only, hence not *.test.ts: what a user finds on a stock kernel of Debian.

describe("on Debian's kernel", function () {
  this.timeout(300_000);

  it("diecast check finds all that it needs: netem, cgroups of version 2, modules that are loaded when asked for", () => {
    const { status, stdout, stderr } = spawnSync(DIECAST, ["check", "--json"], { encoding: "utf8" });
    expect(stderr).to.equal("");
    const report = JSON.parse(stdout) as CheckReport;
    const found = new Map(report.items.map(({ name, state, found }) => [name, `${state}: ${found}`]));
    expect(found.get("kernel")).to.match(/^ok: /);
    expect(found.get("netem")).to.equal("ok: a link was made in a namespace");
    expect(found.get("cgroup cpu")).to.equal("ok: version 2, a capped group was made");
    expect(found.get("cgroup memory")).to.equal("ok: version 2");
    for (const name of ["TUN", "overlay", "FUSE", "loop devices"])
      expect(found.get(name), name).to.match(/^ok: /);
    expect({ status, exec: report.exec, run: report.run }).to.deep.equal({
      status: 0,
      exec: true,
      run: true,
    });
  });

  it("diecast run runs the quickstart ten times slower, over netem, to an end and with its metrics", () => {
    const scratch = mkdtempSync(join(tmpdir(), "diecast-test-"));
    const set = [
      "guests.client.count=2",
      "phases.warmup=1s",
      "phases.measure=3s",
      // The emulated processor is a slow one.
      `guests.web.run=[node, server.mjs, --port, "8080", --rounds, "100", --bytes, "1024"]`,
    ].flatMap((override) => ["--set", override]);
    const out = join(scratch, "run");
    const experiment = join(ROOT, "experiments", "quickstart");
    const done = spawnSync(DIECAST, ["run", experiment, "--tdf", "10", "--out", out, "--quiet", ...set], {
      encoding: "utf8",
    });
    expect(done.status, done.stdout + done.stderr).to.equal(0);
    const { links } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as RunRecord;
    expect(links).to.deep.equal({ backend: "netem", reason: "this kernel has it" });
    const latency = readSummary(out).metrics.find(({ name }) => name === "latency");
    rmSync(scratch, { recursive: true });
    // There and back: twice 1 + 30 + 10 ms; the rest is computing.
    const meanMs = latency?.kind === "csv" ? latency.distribution?.mean : undefined;
    expect(meanMs, JSON.stringify(latency)).to.be.within(82, 200);
  });
});
