import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compareRuns } from "../../src/compare/compare_runs.js";
import type { Comparison, Line } from "../../src/compare/comparison.js";
import { parseMargins, parseTolerances } from "../../src/compare/tolerance.js";
import { Folder } from "../metrics/folder.js";
import { DOCUMENT, latencyOf, type RecordedRun, recordRun, throughputOf } from "./runs.js";

describe("compareRuns", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const path = (name: string) => join(folder.path, name);
  function compare(a: RecordedRun, b: RecordedRun, tolerance = "5%"): Promise<Comparison> {
    recordRun(path("a"), a);
    recordRun(path("b"), b);
    return compareRuns(path("a"), path("b"), within(tolerance));
  }
  const within = (tolerance: string) =>
    ({ by: "tolerance", most: parseTolerances(tolerance, "tolerance") }) as const;
  function line(comparison: Comparison, metric: string, quantity: string): Line {
    const found = comparison.metrics
      .find(({ name }) => name === metric)
      ?.lines.find((one) => one.quantity === quantity);
    if (found === undefined) throw new Error(`no ${quantity} of ${metric}`);
    return found;
  }
  async function complaint(a = path("a"), b = path("b")): Promise<string> {
    const error: unknown = await compareRuns(a, b, within("5%")).catch((e: unknown) => e);
    expect(error).to.have.property("code", "invalid-option");
    return (error as Error).message.replaceAll(folder.path, "DIR");
  }

  it("finds a run in agreement with itself", async () => {
    const comparison = await compare({}, {});
    expect(comparison).to.deep.include({ verdict: "within", notes: [] });
    expect(line(comparison, "latency", "ks")).to.deep.include({ distance: 0, within: null });
  });

  it("gives errors relative to the baseline, with their sign", async () => {
    const comparison = await compare({}, { throughput: 96, latencies: [11, 22, 33, 44] });
    expect(line(comparison, "throughput", "value")).to.deep.equal({
      quantity: "value",
      baseline: 100,
      scaled: 96,
      error: -0.04,
      interval: null,
      distance: null,
      p: null,
      tolerance: 0.05,
      within: true,
      equivalence: null,
    });
    expect(line(comparison, "latency", "mean").error).to.be.closeTo(0.1, 1e-12);
    expect(line(comparison, "latency", "mean").within).to.equal(false);
    expect(line(comparison, "latency", "ks").distance).to.equal(0.25);
    expect(comparison.verdict).to.equal("outside");
  });

  it("allows exactly the tolerance and no more", async () => {
    const near = { throughput: 104 };
    expect((await compare({}, near, "4%")).verdict).to.equal("within");
    expect((await compare({}, near, "3.9%")).verdict).to.equal("outside");
  });

  it("judges the KS distance when asked to", async () => {
    const shifted = { latencies: [10.1, 20.1, 30.1, 40.1] };
    expect((await compare({}, shifted, "5%")).verdict).to.equal("within");
    expect((await compare({}, shifted, "ks=0.2")).verdict).to.equal("outside");
  });

  it("takes a metric that only one of them could measure for a difference", async () => {
    const comparison = await compare({}, { throughput: null });
    expect(line(comparison, "throughput", "value")).to.include({ scaled: null, error: null, within: false });
    expect(comparison.verdict).to.equal("outside");
  });

  it("does not judge a metric that neither could measure", async () => {
    const comparison = await compare({ throughput: null }, { throughput: null });
    expect(line(comparison, "throughput", "value").within).to.equal(null);
    expect(comparison.verdict).to.equal("within");
  });

  it("takes 0 and 0 for agreement, 0 and something for none", async () => {
    expect((await compare({ throughput: 0 }, { throughput: 0 })).verdict).to.equal("within");
    expect((await compare({ throughput: 0 }, { throughput: 1 })).verdict).to.equal("outside");
  });

  it("cannot compare what has nothing in common that was measured", async () => {
    const a = { summary: { metrics: [throughputOf(1)] } };
    const b = { summary: { metrics: [latencyOf([1])] } };
    const comparison = await compare(a, b);
    expect(comparison.verdict).to.equal("not-comparable");
    expect(comparison.notes.map((note) => note.replaceAll(folder.path, "DIR"))).to.deep.equal([
      "throughput: only DIR/a has this metric",
      "latency: only DIR/b has this metric",
    ]);
  });

  it("notes where the experiments differ, doubts about a run, and what extraction warned of", async () => {
    recordRun(path("a"), { document: { ...DOCUMENT, phases: { measure: "20s" } } });
    recordRun(path("b"), { summary: { metrics: [{ ...throughputOf(100), warnings: ["throughput: odd"] }] } });
    writeFileSync(
      join(path("b"), "fidelity.json"),
      JSON.stringify({ verdict: "doubtful", reasons: ["the host was full"] }),
    );
    const { notes } = await compareRuns(path("a"), path("b"), within("5%"));
    expect(notes.map((note) => note.replaceAll(folder.path, "DIR"))).to.deep.equal([
      "the experiments differ in phases.measure",
      "DIR/b: the run is doubtful: the host was full",
      "DIR/b: throughput: odd",
      "latency: only DIR/a has this metric",
    ]);
  });

  it("notes that the host's cores were slower for one of them", async () => {
    recordRun(path("a"), { coreStepsPerSecond: 1e9 });
    recordRun(path("b"), { coreStepsPerSecond: 0.9e9 });
    const { notes } = await compareRuns(path("a"), path("b"), within("5%"));
    expect(notes[0]).to.match(/^the host's cores were 10\.0 % slower for the scaled runs/);
  });

  it("refuses a run that is not trustworthy by its own verdict, unless told otherwise", async () => {
    recordRun(path("a"));
    recordRun(path("b"));
    const fidelity = { verdict: "not trustworthy", reasons: ["the host was full"] };
    writeFileSync(join(path("b"), "fidelity.json"), JSON.stringify(fidelity));
    const error: unknown = await compareRuns(path("a"), path("b"), within("5%")).catch((e: unknown) => e);
    expect(error).to.have.property("code", "failed");
    expect((error as Error).message).to.contain("b: the run is not trustworthy: the host was full");
    const comparison = await compareRuns(path("a"), path("b"), within("5%"), { allowUntrustworthy: true });
    expect(comparison.verdict).to.equal("within");
    expect(comparison.notes[0]).to.contain("b: the run is not trustworthy: the host was full");
  });

  it("shows by a margin what the values within the runs allow to say", async () => {
    const noise = (i: number) => ((i * 37) % 101) / 1000;
    const latencies = Array.from({ length: 1000 }, (_, i) => 10 + noise(i));
    recordRun(path("a"), { latencies });
    const judge = async (factor: number) => {
      recordRun(path("b"), { latencies: latencies.map((value) => value * factor) });
      const criteria = { by: "margin", most: parseMargins("5%", "margin") } as const;
      const comparison = await compareRuns(path("a"), path("b"), criteria);
      return { mean: line(comparison, "latency", "mean").equivalence, ...comparison };
    };
    expect((await judge(1.001)).mean).to.equal("equivalent");
    expect(await judge(1.2)).to.deep.include({ mean: "different", verdict: "different" });
    expect((await judge(1.05)).mean).to.equal("inconclusive");
    // A single value in each tells nothing of its spread.
    const { verdict, notes } = await judge(1);
    expect(verdict).to.equal("inconclusive");
    expect(notes.at(-1)).to.contain("not of that between one run and the next");
  });

  it("leaves open what a margin was given for and neither run can tell", async () => {
    recordRun(path("a"), { throughput: null });
    recordRun(path("b"), { throughput: null });
    const judge = (text: string) =>
      compareRuns(path("a"), path("b"), { by: "margin", most: parseMargins(text, "margin") });
    const comparison = await judge("5%");
    expect(line(comparison, "throughput", "value").equivalence).to.equal("inconclusive");
    const profiles = await judge("none,profile=20%");
    expect(profiles.verdict).to.equal("inconclusive");
    expect(profiles.notes.at(-1)).to.contain("profiles of resources are compared between repeats only");
  });

  it("refuses to compare a run with itself", async () => {
    recordRun(path("a"));
    const error: unknown = await compareRuns(path("a"), `${path("a")}/`, within("5%")).catch(
      (e: unknown) => e,
    );
    expect((error as Error).message).to.contain("expected each run once");
  });

  it("notes where the units differ", async () => {
    const perMinute = { metrics: [{ ...throughputOf(100), unit: "1/min" }, latencyOf([10, 20, 30, 40])] };
    const { notes } = await compare({}, { summary: perMinute });
    expect(notes).to.deep.equal(["throughput: the units differ: 1/s, 1/min"]);
  });

  it("does without the KS distance where the values are gone", async () => {
    recordRun(path("a"));
    recordRun(path("b"));
    rmSync(join(path("b"), "metrics"), { recursive: true });
    const comparison = await compareRuns(path("a"), path("b"), within("5%"));
    expect(comparison.verdict).to.equal("within");
    expect(line(comparison, "latency", "ks").distance).to.equal(null);
    expect(comparison.notes.find((note) => note.startsWith("latency"))).to.contain(
      "no KS distance, no intervals: ",
    );
  });

  it("refuses what is no run, is not finished, or is a run of something else", async () => {
    recordRun(path("a"));
    expect(await complaint(path("a"), path("nowhere"))).to.equal(
      "DIR/nowhere: expected a run's folder; it is not there",
    );
    mkdirSync(path("b"));
    expect(await complaint()).to.equal("DIR/b: expected a run's folder; it has no run.json");
    folder.write("file", "");
    expect(await complaint(path("a"), path("file"))).to.equal(
      "DIR/file: expected a run's folder; it is no folder",
    );
    writeFileSync(join(path("b"), "run.json"), '{"outcome":"running"}');
    expect(await complaint()).to.equal("DIR/b/summary.json is missing: the run did not finish");
    recordRun(path("b"), { summary: { complete: false } });
    expect(await complaint()).to.equal("DIR/b: the run ended before its measuring phase did");
    recordRun(path("b"), { summary: { experiment: "other" } });
    expect(await complaint()).to.equal(
      "cannot compare a run of quickstart (DIR/a) with one of other (DIR/b)",
    );
  });

  it("refuses to compare a single value with a distribution", async () => {
    recordRun(path("a"));
    recordRun(path("b"), { summary: { metrics: [{ ...latencyOf([1]), name: "throughput" }] } });
    expect(await complaint()).to.equal("throughput: a single value in one run, a distribution in the other");
  });
});
