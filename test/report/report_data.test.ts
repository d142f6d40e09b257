import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { DieCastError } from "../../src/errors.js";
import { DISK_HEADER } from "../../src/metrics/disk_usage.js";
import type { ReportData } from "../../src/report/data.js";
import { pageOf } from "../../src/report/page/page.js";
import { reproduce } from "../../src/report/page/reproduce.js";
import { readMetrics } from "../../src/report/read/metric_values.js";
import { readReportData } from "../../src/report/read/report_data.js";
import { readRunFiles } from "../../src/report/read/run_files.js";
import { readValidation, VALIDATION_FILE } from "../../src/validate/validation.js";
import { Folder } from "../metrics/folder.js";
import { recordWholeRun, type WholeRun } from "./runs.js";
import { recordFailedValidation, recordValidation, recordVariedValidation } from "./validations.js";

describe("readReportData", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const at = (name: string) => join(folder.path, name);
  const record = (name: string, run: WholeRun = {}) => recordWholeRun(at(name), run);
  async function failureOf(...paths: string[]): Promise<string> {
    const error = await readReportData(paths).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(DieCastError);
    return (error as DieCastError).message.replaceAll(`${folder.path}/`, "");
  }
  function metric(data: ReportData, name: string) {
    const found = data.metrics.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no metric ${name}`);
    return found;
  }

  it("reads a run's values over virtual time and as a distribution", async () => {
    const data = await readReportData([record("a")]);
    const { binS, runs } = metric(data, "latency");
    expect(binS).to.equal(0.5);
    expect(runs[0]?.values).to.equal(1000);
    expect(runs[0]?.overTime).to.have.length(20);
    for (const [, rate] of runs[0]?.overTime ?? []) expect(rate).to.be.closeTo(100, 2);
    expect(runs[0]?.cdf[0]).to.deep.equal([80, 0]);
    expect(runs[0]?.cdf.at(-1)).to.deep.equal([399.5, 1]);
  });

  it("combines the guests' nth values of a pattern as the metric does", async () => {
    const data = await readReportData([record("a")]);
    const { kind, runs } = metric(data, "throughput");
    expect(kind).to.equal("pattern");
    expect(runs[0]?.overTime).to.deep.equal(Array.from({ length: 10 }, (_, i) => [i + 1, 100]));
  });

  it("has no course over time where nobody recorded when", async () => {
    const data = await readReportData([record("a", { timed: false })]);
    const { binS, runs } = metric(data, "latency");
    expect(binS).to.equal(null);
    expect(runs[0]).to.deep.include({ values: 1000, overTime: [] });
  });

  it("means resources over a group's guests", async () => {
    const { groups } = (await readReportData([record("a")])).resources;
    const client = groups.find(({ group }) => group === "client");
    expect(client).to.include({ guests: 2, coresLimit: 0.125 });
    const cpu = client?.panels.find(({ quantity }) => quantity === "cpu");
    const points = cpu?.runs[0]?.points ?? [];
    expect(points).to.have.length(13);
    expect(points[3]).to.deep.equal({ atS: 4, mean: 0.02, least: 0.01, most: 0.03 });
    expect(client?.panels.map(({ quantity }) => quantity)).to.deep.equal([
      "cpu",
      "memory",
      "sent",
      "received",
    ]);
  });

  it("takes a disk for its guest's, reads and writes together", async () => {
    const row = (atS: number, disk: string) =>
      [atS, disk, 1, 1000, 2, 500, 0, 0, 1, 1, 1, 0.5, 1, 0, 0].join(",");
    const rows = [4, 5].flatMap((atS) => [row(atS, "web:/data"), row(atS, "web:sdb")]);
    writeFileSync(join(record("a"), "metrics", "disks.csv"), [DISK_HEADER.join(","), ...rows, ""].join("\n"));
    const { groups } = (await readReportData([at("a")])).resources;
    const panels = groups.map(({ panels: own }) => own.find(({ quantity }) => quantity === "disk"));
    expect(panels[1]).to.equal(undefined);
    expect(panels[0]?.runs[0]?.points).to.deep.equal(
      [4, 5].map((atS) => ({ atS, mean: 1500, least: 1500, most: 1500 })),
    );
  });

  it("says of one run whether it can be trusted, and of two what they come to", async () => {
    const one = await readReportData([record("a")]);
    expect(one.verdict.trust.word).to.equal("trustworthy");
    expect(one.verdict.agreement).to.equal(null);
    const doubtful = {
      verdict: "not trustworthy",
      reasons: ["the host was full"],
      leastTdf: 12.5,
    } as const;
    record("b", { tdf: "10", addMs: 20, fidelity: doubtful });
    const two = await readReportData([at("b"), at("a")]);
    expect(two.runs.map(({ label }) => label)).to.deep.equal(["TDF 1", "TDF 10"]);
    expect(two.verdict.agreement).to.deep.equal({
      word: "not comparable",
      tone: "bad",
      sentence: "TDF 10 is not trustworthy: what the numbers come to says nothing.",
    });
    expect(two.verdict.trust).to.deep.equal({
      word: "not trustworthy",
      tone: "bad",
      sentence: "TDF 10: The host was full. TDF 12.5 or more would do.",
    });
    const mean = two.comparisons[0]?.lines.find(({ quantity }) => quantity === "mean");
    expect(mean?.verdict).to.equal("outside");
    expect(mean?.error).to.be.closeTo(20 / 90.35, 0.001);
  });

  it("says first of all that a run did not complete", async () => {
    const data = await readReportData([record("a", { record: { outcome: "interrupted" } })]);
    expect(data.verdict.outcome).to.include({ word: "interrupted", tone: "doubtful" });
    const [head = ""] = pageOf(data).split("<main>");
    expect(head)
      .to.match(/Interrupted.*Trustworthy/s)
      .and.contain("<title>quickstart: interrupted");
    expect((await readReportData([record("b")])).verdict.outcome).to.equal(null);
  });

  it("names runs of different experiments at one TDF for their folders, and whose events are drawn", async () => {
    record("still", { record: { events: [] } });
    record("churn", { description: "with churn" });
    const data = await readReportData([at("still"), at("churn")]);
    expect(data.runs.map(({ label }) => label)).to.deep.equal(["TDF 1, still", "TDF 1, churn"]);
    expect(pageOf(data)).to.contain("These are the events of TDF 1, churn.").and.contain("core-web: down");
    expect(data.topology.of).to.equal(null);
    record("more", { description: "with more", moreGroups: 1 });
    const others = await readReportData([at("still"), at("more")]);
    expect(others.topology.of).to.equal("TDF 1, still");
  });

  it("replays on too small a host what ran on one", async () => {
    const data = await readReportData([record("a", { record: { overcommit: true } })]);
    expect(pageOf(data)).to.match(/diecast replay \S+ --tdf 1 --seed 1 --overcommit</);
    expect(pageOf(await readReportData([record("b")]))).not.to.contain("--overcommit");
  });

  it("counts only csv metrics for the room of their steps", async () => {
    const [, latency] = await readMetrics([readRunFiles(record("a"))], 70);
    // 15,000 for 70 lines, and not for 140.
    expect(latency?.runs[0]?.cdf.length).to.be.above(200);
  });

  it("has a page for a validation of which no run counts", async () => {
    const data = await readReportData([recordFailedValidation(at("v"))]);
    expect(data.runs).to.deep.equal([]);
    expect(data.verdict.agreement?.word).to.equal("not comparable");
    expect(data.verdict.trust.sentence).to.equal("No run counts; 5 of 5 left out.");
    const page = pageOf(data);
    expect(page).to.contain("No run counts").and.contain("no run at TDF 1, nor at TDF 10 that counts");
    expect(page).to.contain("left out: runs/tdf1-1: failed");
    expect(page).to.contain("left out: runs/tdf10-1: web: exit code 1");
    const places = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of places) expect(page).to.contain(`id="${id}"`);
  });

  it("reads a validation with its intervals, and names what it leaves out", async () => {
    const data = await readReportData([recordValidation(at("v"))]);
    expect(data.verdict.agreement).to.include({ word: "inconclusive", tone: "doubtful" });
    expect(data.series.map(({ label }) => label)).to.deep.equal(["TDF 1", "TDF 10"]);
    expect(data.runs.map(({ label, series }) => [label, series])).to.deep.equal([
      ["TDF 1 run 1", 0],
      ["TDF 1 run 2", 0],
      ["TDF 10 run 1", 1],
      ["TDF 10 run 2", 1],
    ]);
    const [mean, ks] = data.comparisons[0]?.lines ?? [];
    expect(mean).to.deep.include({
      what: "latency",
      quantity: "mean",
      baseline: 90.5,
      scaled: 91.5,
      interval: { low: -0.02, high: null },
      verdict: "inconclusive",
    });
    expect(ks).to.deep.include({ quantity: "KS", isDistance: true, error: 0.125, spread: 0.03 });
    expect(data.validation?.leftOut).to.deep.equal([
      "runs/tdf10-1-first: the host's processors were 100.0 % busy",
    ]);
  });

  it("says how to do it again, with the repetitions that were added", async () => {
    const path = recordValidation(at("v"));
    expect((await readReportData([path])).validation?.continued).to.equal(null);
    const found = readValidation(path);
    const plan = { ...found.plan, repeat: 8, baselineRepeat: 3 };
    const added = [{ what: "repetitions", from: 3, to: 8 }] as const;
    writeFileSync(join(path, VALIDATION_FILE), JSON.stringify({ ...found, plan, added }));
    const data = await readReportData([path]);
    expect(reproduce(data).text).to.contain(
      `diecast validate &#39;experiments/quick start&#39; --tdf 1,10\ndiecast validate --continue ${data.validation?.path} --repeat 8 --baseline-repeat 3<`,
    );
  });

  it("says how fast guests' cores were kept, which is not always what the host's are at the beginning", async () => {
    const path = recordValidation(at("v"));
    const found = readValidation(path);
    const write = (command: readonly string[]) =>
      writeFileSync(
        join(path, VALIDATION_FILE),
        JSON.stringify({ ...found, command, plan: { ...found.plan, steadyCores: 1.75e9 } }),
      );
    write(["validate", "x"]);
    expect((await readReportData([path])).validation?.command.join(" ")).to.equal(
      "validate x --steady-cores 1750000000",
    );
    write(["validate", "x", "--steady-cores", "1750000000"]);
    expect((await readReportData([path])).validation?.command.join(" ")).to.equal(
      "validate x --steady-cores 1750000000",
    );
  });

  it("keeps the runs of each value of what was varied apart, and has what was judged against it", async () => {
    const { series, runs, variation, metrics, resources, comparisons } = await readReportData([
      recordVariedValidation(at("v")),
    ]);
    expect(series.map(({ label }) => label)).to.deep.equal(["TDF 1", "TDF 10", "undilated 10"]);
    expect(variation).to.deep.include({ name: "sessions", values: ["10", "200"] });
    // p99 has no margin.
    expect(variation?.charts.map(({ metric, quantity }) => [metric, quantity])).to.deep.equal([
      ["latency", "mean"],
    ]);
    expect(variation?.charts[0]?.lines.map((line) => line.points)).to.deep.equal([
      [
        { value: "10", mean: 101, least: 100, most: 102 },
        { value: "200", mean: 291, least: 290, most: 292 },
      ],
      [
        { value: "10", mean: 102, least: 101, most: 103 },
        { value: "200", mean: 292, least: 291, most: 293 },
      ],
      [
        { value: "10", mean: 102, least: 101, most: 103 },
        { value: "200", mean: 292, least: 291, most: 293 },
      ],
    ]);
    for (const { of, runs: own } of metrics) {
      for (const { run } of own) expect(runs[run]?.label).to.match(new RegExp(`^${of}, `));
    }
    expect(new Set(metrics.map(({ of }) => of)).size).to.equal(2);
    expect(new Set(resources.groups.map(({ of }) => of)).size).to.equal(2);
    expect(comparisons.map(({ of, scaled }) => [of, scaled])).to.deep.equal([
      ["sessions = 10", "TDF 10"],
      ["sessions = 10", "undilated 10"],
      ["sessions = 200", "TDF 10"],
      ["sessions = 200", "undilated 10"],
    ]);
  });

  it("has each run's value of a metric once, however much was varied", async () => {
    const page = pageOf(await readReportData([recordVariedValidation(at("v"))]));
    const [, results = ""] =
      /<caption class="unseen">What each metric came to<\/caption>(.*?)<\/table>/s.exec(page) ?? [];
    // The head, and two metrics of six runs.
    expect(results.match(/<tr>/g)).to.have.length(1 + 2 * 6);
  });

  it("says whose network is shown where that of another value differs, and leaves out what no value shows", async () => {
    recordVariedValidation(at("v"));
    for (const side of ["1-null", "10-null", "1-10"]) {
      const path = join(at("v"), "runs", `200-${side}`);
      rmSync(path, { recursive: true });
      recordWholeRun(path, { tdf: side.split("-", 1)[0] ?? "1", moreGroups: 14 });
    }
    const { topology, resources } = await readReportData([at("v")]);
    expect(topology.of).to.equal("sessions = 10");
    const shown = new Set(resources.groups.map(({ group }) => group));
    expect(resources.leftOut.length).to.be.above(0);
    for (const name of resources.leftOut) expect(shown).not.to.include(name);
  });

  it("goes on without a run of a validation that is gone, and says so", async () => {
    recordValidation(at("v"));
    rmSync(join(at("v"), "runs", "tdf10-2"), { recursive: true });
    const { runs, notes } = await readReportData([at("v")]);
    expect(runs).to.have.length(3);
    expect(notes[0]).to.match(/^runs\/tdf10-2 is not there/);
  });

  it("keeps the page below 3 MB however much there is, and says that data are thinned", async function () {
    this.timeout(60_000);
    const much = { moreGroups: 14, moreMetrics: 10 };
    const data = await readReportData([recordValidation(at("v"), 10, much)]);
    expect(data.resources.groups).to.have.length(12);
    expect(data.resources.leftOut).to.have.length(4);
    const page = pageOf(data);
    expect(page.length).to.be.within(300_000, 3_000_000);
    expect(page).to.match(/Data are thinned: a point is the mean of up to 64 samples\./);
  });

  it("says what is wrong with folders that it cannot use", async () => {
    record("a");
    recordValidation(at("v"));
    expect(await failureOf(at("nowhere"))).to.equal("nowhere: expected the folder of a run; it is not there");
    expect(await failureOf(folder.path)).to.match(/expected the folder of a run; it has no run\.json$/);
    expect(await failureOf(at("a"), at("v"))).to.equal(
      "expected runs, or one validation alone; v is a validation",
    );
    const path = join(at("a"), "plan.json");
    const plan = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...plan, guests: [{ name: 7 }] }));
    expect(await failureOf(at("a"))).to.match(/^a\/plan\.json: guests\.0\.name: .*expected string/);
    rmSync(join(at("a"), "summary.json"));
    expect(await failureOf(at("a"))).to.match(/summary\.json is missing: the run did not finish$/);
  });
});
