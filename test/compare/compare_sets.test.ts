import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compareGroups } from "../../src/compare/compare_groups.js";
import { compareSets } from "../../src/compare/compare_sets.js";
import { setsAsCsv } from "../../src/compare/set_csv.js";
import { parseMargins } from "../../src/compare/tolerance.js";
import { Folder } from "../metrics/folder.js";
import { type RecordedRun, recordRun } from "./runs.js";

describe("compareSets", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const path = (name: string) => join(folder.path, name);
  const latencies = (shift: number) => Array.from({ length: 40 }, (_, i) => 20 + shift + ((i * 7) % 40) / 10);
  function record(name: string, tdf: string, throughput: number | null, run: RecordedRun = {}): string {
    return recordRun(path(name), { throughput, ...run, summary: { tdf, ...run.summary } });
  }
  const baseline = () =>
    [100, 101, 99].map((value, i) => record(`a${i}`, "1", value, { latencies: latencies(i / 20) }));
  const margins = (text: string) => parseMargins(text, "margin");

  it("finds repeats of the same equivalent, and says how far each side's are apart", async () => {
    const scaled = [100.5, 100, 99.5].map((value, i) =>
      record(`b${i}`, "10", value, { latencies: latencies(i / 20) }),
    );
    const set = await compareSets(baseline(), scaled, margins("5%,ks=0.3"));
    expect(set).to.deep.include({
      tdf: "10",
      verdict: "equivalent",
      baselineRuns: 3,
      scaledRuns: 3,
      notes: [],
    });
    const [throughput, latency] = set.metrics;
    expect(throughput?.quantities[0]).to.deep.include({
      error: 0,
      verdict: "equivalent",
      margin: 0.05,
      baseline: { values: [100, 101, 99], mean: 100, spread: 0.01 },
    });
    expect(throughput?.quantities[0]?.equivalenceP).to.be.below(0.025);
    expect(latency?.quantities.map(({ quantity }) => quantity)).to.deep.equal([
      "mean",
      "p50",
      "p95",
      "p99",
      "count",
    ]);
    expect(latency?.ks).to.deep.include({ distance: 0, p: 1, independentP: 1, verdict: "equivalent" });
    expect(latency?.ks?.yardstick).to.be.greaterThan(0);
  });

  it("finds a shift different, and is undecided where repeats vary too much", async () => {
    const slower = [88, 89, 87].map((value, i) => record(`b${i}`, "10", value));
    const set = await compareSets(baseline(), slower, margins("5%"));
    expect(set.verdict).to.equal("different");
    expect(set.metrics[0]?.quantities[0]?.verdict).to.equal("different");
    const noisy = [80, 100, 120].map((value, i) => record(`c${i}`, "5", value));
    const undecided = await compareSets(baseline(), noisy, margins("5%"));
    expect(undecided.metrics[0]?.quantities[0]?.verdict).to.equal("inconclusive");
  });

  it("gives the same numbers again", async () => {
    const scaled = [record("b0", "10", 98), record("b1", "10", 99)];
    const one = await compareSets(baseline(), scaled, margins("5%"), { seed: 3 });
    expect(await compareSets(baseline(), scaled, margins("5%"), { seed: 3 })).to.deep.equal(one);
  });

  it("takes what only one side could measure for a difference, and shows nothing by single runs", async () => {
    const none = [record("b0", "10", null), record("b1", "10", null)];
    expect((await compareSets(baseline(), none, margins("5%"))).metrics[0]?.quantities[0]).to.deep.include({
      error: null,
      verdict: "different",
    });
    const single = await compareSets([record("c", "1", 100)], [record("d", "10", 100)], margins("5%"));
    expect(single.verdict).to.equal("inconclusive");
    expect(single.notes).to.deep.equal([
      "a side of one run tells nothing of the spread between runs: nothing can be shown without repeats",
    ]);
  });

  it("does without distributions whose values are gone, with a note", async () => {
    const scaled = [record("b0", "10", 100), record("b1", "10", 100)];
    for (const run of scaled) rmSync(join(run, "metrics"), { recursive: true });
    const set = await compareSets(baseline(), scaled, margins("5%"));
    expect(set.metrics[1]?.ks).to.deep.include({ distance: null, verdict: null });
    expect(set.notes[0]).to.contain("latency: no values for its distribution: ");
  });

  it("groups runs by their TDF, and refuses what does not belong together or cannot be trusted", async () => {
    const scaled = [record("b0", "10", 100), record("b1", "5", 100), record("b2", "10", 100)];
    const groups = await compareGroups(baseline(), scaled, margins("5%"));
    expect(groups.comparisons.map(({ tdf, scaledRuns }) => [tdf, scaledRuns])).to.deep.equal([
      ["10", 2],
      ["5", 1],
    ]);
    expect(setsAsCsv(groups.comparisons).split("\n")[1]).to.match(
      /^,10,,throughput,1\/s,value,3,2,100,0.01,100,0,0,,/,
    );
    const complain = (work: Promise<unknown>) =>
      work.then(
        () => "nothing",
        (error: Error) => error.message.replaceAll(folder.path, "DIR"),
      );
    expect(await complain(compareGroups([path("a0"), path("b0")], scaled, {}))).to.equal(
      "expected runs of one TDF on a side, got 1, 10",
    );
    writeFileSync(join(path("b1"), "fidelity.json"), '{"verdict":"not trustworthy","reasons":["too slow"]}');
    expect(await complain(compareGroups([path("a0")], scaled, {}))).to.equal(
      "DIR/b1: the run is not trustworthy: too slow",
    );
    expect(await complain(compareGroups([path("a0")], scaled, {}, { allowUntrustworthy: true }))).to.equal(
      "nothing",
    );
    record("other", "10", 1, { summary: { experiment: "other" } });
    expect(await complain(compareGroups([path("a0")], [path("other")], {}))).to.contain(
      "cannot compare a run of quickstart",
    );
  });
});
