import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compareGroups } from "../../src/compare/compare_groups.js";
import { compareSets } from "../../src/compare/compare_sets.js";
import { setsAsCsv } from "../../src/compare/set_csv.js";
import { parseMargins } from "../../src/compare/tolerance.js";
import { Folder } from "../metrics/folder.js";
import { type RecordedRun, recordCpu, recordRun } from "./runs.js";

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

  it("compares seed by seed where one side has several runs of each: with their mean", async () => {
    const run = (name: string, tdf: string, seed: number, value: number) =>
      record(name, tdf, value, { summary: { tdf, seed } });
    const more = [
      run("a1", "1", 1, 99),
      run("a1.2", "1", 1, 101),
      run("a2", "1", 2, 148),
      run("a2.2", "1", 2, 152),
      run("a3", "1", 3, 200),
    ];
    const scaled = [run("b3", "10", 3, 202), run("b1", "10", 1, 101), run("b2", "10", 2, 151)];
    const set = await compareSets(more, scaled, margins("none,value=3%"));
    expect(set).to.deep.include({ paired: true, baselineRuns: 5, scaledRuns: 3, verdict: "equivalent" });
    expect(set.metrics[0]?.quantities[0]?.baseline.values).to.deep.equal([100, 150, 200]);
    expect(set.metrics[0]?.quantities[0]?.scaled.values).to.deep.equal([101, 151, 202]);
    // Where both have several there are no pairs.
    const [b1] = [run("c1", "10", 1, 101)];
    expect((await compareSets(more, [...scaled, b1 as string], margins("5%"))).paired).to.equal(false);
  });

  it("says how many repeats would tell what is undecided", async () => {
    const noisy = [92, 98, 106, 108].map((value, i) => record(`c${i}`, "5", value));
    const { notes } = await compareSets(
      [...baseline(), record("a3", "1", 100)],
      noisy,
      margins("none,value=5%"),
    );
    expect(notes).to.have.length(1);
    const [, needed] =
      /^repeats that would tell, if error and spread stay as they are: throughput about (\d+)$/.exec(
        notes[0] ?? "",
      ) ?? [];
    expect(Number(needed)).to.be.within(12, 60);
  });

  it("notes that the host's cores were faster for one side", async () => {
    const fast = (speed: number) => (i: number) => ({ coreStepsPerSecond: speed + i });
    const notes = async (speed: number) =>
      (await compareSets(same("1", "a", fast(1000)), same("10", `b${speed}-`, fast(speed)), margins("5%")))
        .notes;
    expect(await notes(1010)).to.deep.equal([]);
    expect(await notes(1100)).to.deep.equal([
      "the host's cores were 10.0 % faster for the scaled runs than for the baseline's (spread of the baseline's runs 0.1 %): where the processor is the bottleneck, as much of an error may come of that",
    ]);
    expect((await notes(900))[0]).to.contain("10.0 % slower");
  });

  it("notes of steady cores only that they were not the same", async () => {
    const kept = (speed: number, steady: number | undefined) => () => ({
      coreStepsPerSecond: speed,
      ...(steady === undefined ? {} : { steadyStepsPerSecond: steady }),
    });
    const notes = async (name: string, steady: number | undefined) =>
      (
        await compareSets(
          same("1", `${name}a`, kept(2e9, 1.7e9)),
          same("10", `${name}b`, kept(1e9, steady)),
          margins("5%"),
        )
      ).notes;
    expect(await notes("c", 1.7e9)).to.deep.equal([]);
    expect(await notes("d", 1.6e9)).to.deep.equal([
      "guests' cores were not the same in all runs (--steady-cores): kept at 1.70e+9 steps/s, kept at 1.60e+9 steps/s",
    ]);
    expect(await notes("e", undefined)).to.deep.equal([
      "guests' cores were not the same in all runs (--steady-cores): kept at 1.70e+9 steps/s, the host's",
    ]);
  });

  it("tells what an undecided error would be, had cores been as fast for all runs", async () => {
    // Throughput goes with the cores' speed, which is 8 % less for the scaled runs, whose model is 1 % off.
    const run = (name: string, tdf: string, seed: number, speed: number, noise: number, more = {}) =>
      record(name, tdf, (tdf === "1" ? 50 : 50.5) * (1 + seed / 100) * (speed / 1000) * (1 + noise), {
        coreStepsPerSecond: speed,
        summary: { tdf, seed },
        ...more,
      });
    const seeds = [1, 2, 3];
    const before = seeds.flatMap((seed) =>
      [1000, 1100, 950, 1050].map((speed, i) =>
        run(`a${seed}.${i}`, "1", seed, speed + 10 * seed, (i - 1.5) / 1000),
      ),
    );
    const after = seeds.map((seed) => run(`b${seed}`, "10", seed, 930 + 5 * seed, 0));
    const { metrics, notes } = await compareSets(before, after, margins("none,value=3%"));
    const [throughput] = metrics[0]?.quantities ?? [];
    expect(throughput?.error).to.be.below(-0.05);
    expect(throughput?.verdict).to.not.equal("equivalent");
    expect(throughput?.atEqualSpeed?.error).to.be.closeTo(0.01, 0.003);
    expect(throughput?.atEqualSpeed?.exponent).to.be.closeTo(1, 0.05);
    expect(notes.find((note) => note.startsWith("had the"))).to.match(
      /^had the host's cores been as fast for all runs \(not judged\): throughput \+[01]\.\d % \(\+0\.\d … \+1\.\d %\)$/,
    );
    const kept = [before, after].map((runs, side) =>
      runs.map((_, i) => {
        const [tdf, seed] = side === 0 ? ["1", 1 + Math.floor(i / 4)] : ["10", 1 + i];
        return run(`k${side}.${i}`, `${tdf}`, Number(seed), 900 + 70 * (i % 4), 0, {
          steadyStepsPerSecond: 1000,
        });
      }),
    );
    const steady = await compareSets(kept[0] ?? [], kept[1] ?? [], margins("none,value=3%"));
    expect(steady.metrics[0]?.quantities[0]?.atEqualSpeed).to.equal(undefined);
    const alike = seeds.map((seed) => run(`c${seed}`, "10", seed, 1030 + 10 * seed, 0));
    expect((await compareSets(before, alike, margins("none,value=3%"))).notes.join()).to.not.contain(
      "had the",
    );
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
    // Where it was asked for it is open: a file that is lost is no difference.
    const asked = await compareSets(baseline(), scaled, margins("5%,ks=0.3"));
    expect(asked.metrics[1]?.ks).to.deep.include({ distance: null, verdict: "inconclusive" });
  });

  /** Three runs of the same at each TDF, as good as equal. */
  function same(tdf: string, name: string, run: (i: number) => RecordedRun = () => ({})): string[] {
    return [0, 1, 2].map((i) =>
      record(`${name}${i}`, tdf, 100 + i / 10, { latencies: latencies(i / 20), ...run(i) }),
    );
  }

  it("is undecided by a distribution that one of several runs has lost", async () => {
    const [a, b] = [same("1", "a"), same("10", "b")];
    expect((await compareSets(a, b, margins("none,ks=0.3"))).verdict).to.equal("equivalent");
    rmSync(join(b[0] as string, "metrics"), { recursive: true });
    expect((await compareSets(a, b, margins("none,ks=0.3"))).verdict).to.equal("inconclusive");
  });

  it("takes a side that has measured no value for different, and two such sides for undecided", async () => {
    const none = () => ({ latencies: [] });
    const [a, b] = [same("1", "a", none), same("10", "b", none)];
    const nothing = await compareSets(a, b, margins("none,ks=0.3"));
    expect(nothing.verdict).to.equal("inconclusive");
    expect(nothing.notes).to.include("latency: no run has values for its distribution");
    const some = await compareSets(same("1", "c"), b, margins("none,ks=0.3"));
    expect(some.metrics[1]?.ks?.verdict).to.equal("different");
  });

  it("is undecided by a value that no run has, and says so", async () => {
    const none = () => ({ throughput: null });
    const set = await compareSets(same("1", "a", none), same("10", "b", none), margins("5%"));
    expect(set.verdict).to.equal("inconclusive");
    expect(set.notes).to.deep.equal(["throughput: no run has a value"]);
  });

  it("does not take runs that have a value for those that have none", async () => {
    const missing = (i: number) => (i === 0 ? { throughput: null } : {});
    const set = await compareSets(same("1", "a"), same("10", "b", missing), margins("5%"));
    expect(set.metrics[0]?.quantities[0]?.verdict).to.equal("inconclusive");
    expect(set.verdict).to.equal("inconclusive");
    expect(set.notes).to.deep.equal(["throughput: 1 of 3 runs of the scaled side have no value"]);
  });

  describe("with profiles", () => {
    const CPU = Array.from({ length: 13 }, (_, i) => 1 + (i % 3) / 10);
    function profiled(tdf: string, name: string, cores: (i: number) => readonly number[]): string[] {
      const runs = same(tdf, name);
      for (const [i, run] of runs.entries()) recordCpu(run, cores(i));
      return runs;
    }
    const judge = (a: string[], b: string[]) => compareSets(a, b, margins("none,profile=20%"));

    it("judges what both sides used", async () => {
      const set = await judge(
        profiled("1", "a", () => CPU),
        profiled("10", "b", () => CPU),
      );
      expect(set).to.deep.include({ verdict: "equivalent", notes: [] });
      const more = profiled("5", "c", () => CPU.map((cores) => 2 * cores));
      expect(
        (
          await judge(
            profiled("1", "d", () => CPU),
            more,
          )
        ).verdict,
      ).to.equal("different");
    });

    it("cannot tell a distance where one side's samples end before measuring begins, at 3 s", async () => {
      const set = await judge(
        profiled("1", "a", () => CPU),
        profiled("10", "b", () => CPU.slice(0, 3)),
      );
      expect(set.profiles[0]).to.deep.include({ distance: null, verdict: "inconclusive" });
      expect(set.notes).to.deep.equal(["web: 3 of 6 runs have no profile of cpu"]);
      const none = await compareSets([path("a0")], [path("b0")], margins("5%"));
      expect(none.profiles[0]?.verdict).to.equal(null);
    });

    it("is at best undecided where one run's do", async () => {
      const set = await judge(
        profiled("1", "a", () => CPU),
        profiled("10", "b", (i) => (i === 0 ? CPU.slice(0, 3) : CPU)),
      );
      expect(set.profiles[0]).to.deep.include({ distance: 0, verdict: "inconclusive" });
    });

    it("finds what just one side has different", async () => {
      const set = await judge(
        profiled("1", "a", () => CPU),
        profiled("10", "b", () => CPU.map(() => Number.NaN).map(() => "") as never),
      );
      expect(set.profiles[0]).to.deep.include({ distance: null, verdict: "different" });
      expect(set.notes).to.deep.equal(["web: 3 of 6 runs have no profile of cpu"]);
    });

    it("is undecided where some runs have too few samples, or lost them", async () => {
      const [a, b] = [profiled("1", "a", () => CPU), profiled("10", "b", (i) => (i === 0 ? [1] : CPU))];
      const set = await judge(a, b);
      expect(set.verdict).to.equal("inconclusive");
      expect(set.notes).to.deep.equal([
        "no profiles of resources: a run has too few samples, or none (metrics/guests.csv)",
      ]);
      rmSync(join(b[0] as string, "metrics", "guests.csv"));
      expect((await judge(a, b)).verdict).to.equal("inconclusive");
    });

    it("is undecided where a run's plan is damaged, and says which", async () => {
      const [a, b] = [profiled("1", "a", () => CPU), profiled("10", "b", () => CPU)];
      for (const damage of ["{", '{"guests":[{"name":7}]}', "null"]) {
        writeFileSync(join(b[0] as string, "plan.json"), damage);
        const set = await judge(a, b);
        expect(set.verdict).to.equal("inconclusive");
        expect(set.notes[0]).to.contain("b0/plan.json: cannot read the run's plan: ");
      }
    });
  });

  it("refuses a run that is there twice, by whatever name", async () => {
    const [a0 = "", a1 = ""] = baseline();
    const b0 = record("b0", "10", 100);
    symlinkSync(a0, path("link"));
    for (const [one, other, again] of [
      [[a0, a0], [b0], "it is named twice"],
      [[a0, a1], [b0, `${a1}/`], "a1 is the same"],
      [[a0], [path("link")], "a0 is the same"],
    ] as const) {
      for (const compare of [compareSets, compareGroups]) {
        const error: unknown = await compare(one, other, {}).catch((e: unknown) => e);
        expect((error as Error).message)
          .to.contain("expected each run once, ")
          .and.contain(again);
      }
    }
  });

  it("says that a run has no verdict on itself, and refuses one that means nothing", async () => {
    const b0 = record("b0", "10", 100);
    rmSync(join(b0, "fidelity.json"));
    const { comparisons } = await compareGroups(baseline(), [b0], margins("5%"));
    expect(comparisons[0]?.notes.at(-1)).to.equal(
      `${b0}: the run is without a verdict on itself (fidelity.json)`,
    );
    writeFileSync(join(b0, "fidelity.json"), '{"verdict":"trust me","reasons":[]}');
    const error: unknown = await compareGroups(baseline(), [b0], {}).catch((e: unknown) => e);
    expect((error as Error).message)
      .to.contain("b0: expected a verdict of the run on itself")
      .and.contain("trust me");
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
    expect(await complain(compareGroups([path("a0"), path("b0")], scaled.slice(1), {}))).to.equal(
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

  it("takes runs without dilation for what they are", async () => {
    const undilated = record("u0", "1", 10);
    writeFileSync(join(undilated, "run.json"), '{"tdf":"1","sharesOf":"10"}');
    const { comparisons } = await compareGroups(
      baseline(),
      [record("b0", "1", 100), undilated],
      margins("5%"),
    );
    expect(comparisons.map(({ scaledRuns, notes }) => [scaledRuns, notes[0]])).to.deep.equal([
      [1, comparisons[0]?.notes[0]],
      [1, "the runs compared with the baseline are undilated: real time, with the processors of TDF 10"],
    ]);
    const error: unknown = await compareGroups([path("a0"), undilated], [path("b0")], {}).catch((e) => e);
    expect(error)
      .to.be.an("error")
      .with.property(
        "message",
        `${path("a0")} and ${undilated} (undilated, with the processors of TDF 10) are no repeats of each other`,
      );
  });
});
