import { spawnSync } from "node:child_process";
import { basename, join } from "node:path";
import { expect } from "chai";
import type { Comparison } from "../../src/compare/comparison.js";
import { repetitionsIn } from "../../src/run/directory.js";
import { type RecordedRun, recordRun } from "../compare/runs.js";
import { Folder } from "../metrics/folder.js";
import { DIECAST } from "../paths.js";

describe("diecast compare", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  function diecast(...args: string[]) {
    const options = { encoding: "utf8", cwd: folder.path } as const;
    const { status, stdout, stderr } = spawnSync(DIECAST, ["compare", ...args], options);
    return { status, stdout, stderr };
  }
  function record(name: string, run: RecordedRun): void {
    recordRun(join(folder.path, name), run);
  }
  function recordBoth(): void {
    record("a", {});
    record("b", { throughput: 97, latencies: [10.2, 20.4, 30.6, 44], summary: { tdf: "10" } });
  }

  it("prints a table and that the two agree", () => {
    recordBoth();
    const { status, stdout, stderr } = diecast("a", "b", "--tolerance", "3%,mean=5%,p95=10%");
    expect(stderr).to.equal("");
    expect(stdout).to.equal(
      [
        "experiment  quickstart",
        "baseline    TDF 1       a",
        "scaled      TDF 10      b",
        "",
        "metric                   baseline  scaled  error   95 % interval  allowed  within",
        "throughput (1/s)         100       97      -3.0 %                 3 %      yes",
        "latency (ms)      mean   25        26.3    +5.2 %                 5 %      NO",
        "                  p50    25        25.5    +2.0 %                 3 %      yes",
        "                  p95    38.5      41.99   +9.1 %                 10 %     yes",
        "                  p99    39.7      43.6    +9.8 %",
        "                  count  4         4       0.0 %",
        "                  KS                       0.250   p = 1.000",
        "",
        "The two runs do NOT agree within the tolerance.",
        "",
      ].join("\n"),
    );
    expect(status).to.equal(1);
    const wider = diecast("a", "b", "--tolerance", "6%,p95=10%");
    expect(wider.status).to.equal(0);
    expect(wider.stdout).to.match(/\nThe two runs agree within the tolerance\.\n$/);
  });

  it("prints JSON, with exit code 1 where a default of 5 % does not hold", () => {
    recordBoth();
    const { status, stdout } = diecast("a", "b", "--json");
    const comparison = JSON.parse(stdout) as Comparison;
    expect({ status, verdict: comparison.verdict }).to.deep.equal({ status: 1, verdict: "outside" });
    expect(comparison.scaled).to.deep.include({ tdf: "10", path: "b" });
  });

  it("prints CSV", () => {
    recordBoth();
    const lines = diecast("--csv", "a", "b").stdout.split("\n");
    expect(lines[0]).to.equal(
      "metric,unit,quantity,baseline,scaled,relative error,KS distance,tolerance,within,low,high,KS p,verdict",
    );
    expect(lines[1]).to.equal("throughput,1/s,value,100,97,-0.03,,0.05,yes,,,,");
    expect(lines[7]).to.equal("latency,ms,ks,,,,0.25,,,,,1,");
  });

  it("answers 2 in one line where the two cannot be compared", () => {
    record("a", {});
    record("b", { summary: { experiment: "other" } });
    expect(diecast("a", "b")).to.deep.equal({
      status: 2,
      stdout: "",
      stderr: "diecast: cannot compare a run of quickstart (a) with one of other (b)\n",
    });
    expect(diecast("a", "nowhere")).to.deep.include({ status: 2, stdout: "" });
  });

  it("compares several runs with several, by their TDF", () => {
    for (const [i, throughput] of [100, 101, 99].entries()) {
      record(`a${i}`, { throughput });
      record(`b${i}`, { throughput: throughput + 0.5, summary: { tdf: "10" } });
    }
    const sides = ["--baseline", "a0", "--baseline", "a1", "--baseline", "a2", "b0", "b1", "b2"];
    const { status, stdout } = diecast("--margin", "5%", ...sides);
    const lines = stdout.split("\n");
    expect(lines[0]).to.equal("TDF 10 (3 runs) against TDF 1 (3 runs)");
    expect(lines[3]).to.match(
      /^throughput \(1\/s\) +100 +1\.0 % +100\.5 +1\.0 % +\+0\.5 % +-\d\.\d … \+\d\.\d % +5 % +equivalent$/,
    );
    expect(stdout).to.match(/\nAll that is judged is equivalent: shown to lie within the margin\.\n$/);
    expect(status).to.equal(0);
    expect(JSON.parse(diecast("--json", ...sides).stdout)).to.deep.include({
      verdict: "equivalent",
      baselineTdf: "1",
    });
    expect(diecast("--margin", "0.1%", ...sides).status).to.equal(2);
  });

  it("takes a folder of diecast run --repeat for all runs in it", () => {
    for (const nth of [1, 2, 10]) {
      record(`one/${nth}`, { throughput: 100 + nth / 10 });
      record(`ten/${nth}`, { throughput: 100 + nth / 10, summary: { tdf: "10" } });
    }
    const { status, stdout } = diecast("one", "ten");
    expect(stdout).to.match(/^TDF 10 \(3 runs\) against TDF 1 \(3 runs\)\n/);
    expect(status).to.equal(0);
    expect(diecast("--baseline", "one", "ten/1", "ten/10").stdout).to.match(
      /^TDF 10 \(2 runs\) against TDF 1 \(3 runs\)\n/,
    );
    expect(diecast("one", "ten", "--tolerance", "5%").status).to.equal(125);
    expect(repetitionsIn(join(folder.path, "ten")).map((path) => basename(path))).to.deep.equal([
      "1",
      "2",
      "10",
    ]);
  });

  it("answers 125 to options that cannot be used", () => {
    recordBoth();
    expect(diecast("a", "b", "--tolerance", "few")).to.deep.include({ status: 125, stdout: "" });
    expect(diecast("a", "b", "--json", "--csv").status).to.equal(125);
    expect(diecast("a").status).to.equal(125);
    expect(diecast("a", "b", "a").stderr).to.contain("expected two runs, A and B, got 3");
    expect(diecast("a", "b", "--tolerance", "5%", "--margin", "5%").status).to.equal(125);
    expect(diecast("--baseline", "a", "b", "--tolerance", "5%").status).to.equal(125);
  });

  it("has help with examples", () => {
    const { status, stdout } = diecast("--help");
    expect(status).to.equal(0);
    expect(stdout).to.contain("diecast compare --tolerance 3%,p95=10% runs/web-tdf1 runs/web-tdf10");
  });
});
