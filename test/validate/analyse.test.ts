import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { overallVerdict, type SetComparison, type SetVerdict } from "../../src/compare/set_comparison.js";
import { analyse, notesOnRuns } from "../../src/validate/analyse.js";
import { readValidation } from "../../src/validate/validation.js";
import { recordRun } from "../compare/runs.js";
import { Folder } from "../metrics/folder.js";
import { planOf, runOf } from "./records.js";

describe("the analysis of a validation", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
    mkdirSync(join(folder.path, "runs"));
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  /** Repetitions at a TDF, as `diecast validate` leaves them. */
  function record(tdf: string, throughputs: readonly number[]) {
    return throughputs.map((throughput, i) => {
      const run = runOf({ tdf, repetition: i + 1 });
      recordRun(join(folder.path, run.path), { throughput, summary: { tdf } });
      return run;
    });
  }

  it("compares each TDF with the first one, by the runs that count", async () => {
    const runs = [
      ...record("1", [100, 101, 99]),
      ...record("5", [100, 100, 101]),
      ...record("10", [80, 81, 79]),
    ];
    const off = { ...runOf({ tdf: "5", repetition: 4, fidelity: "not trustworthy" }), counted: false };
    const found = await analyse(folder.path, planOf({ tdfs: ["1", "5", "10"] }), [...runs, off]);
    expect(
      found.map(({ tdf, verdict, baselineRuns, scaledRuns }) => [tdf, verdict, baselineRuns, scaledRuns]),
    ).to.deep.equal([
      ["5", "equivalent", 3, 3],
      ["10", "different", 3, 3],
    ]);
  });

  it("compares seed by seed, without repetitions that do not count on one side, and names those", async () => {
    // What seeds do is far more than what both TDFs differ by: only pairs can show that this is nothing.
    const all = [80, 100, 120, 140].flatMap((throughput, i) =>
      ["1", "10"].map((tdf) => {
        const run = runOf({ tdf, repetition: i + 1 });
        const off = tdf === "10" ? 0.1 * (i % 2) : 0;
        recordRun(join(folder.path, run.path), {
          throughput: throughput + off,
          summary: { tdf, seed: i + 1 },
        });
        return run;
      }),
    );
    const runs = all.map((run) =>
      run.tdf === "10" && run.repetition === 2
        ? { ...run, fidelity: "not trustworthy" as const, counted: false }
        : run,
    );
    const [found] = await analyse(folder.path, planOf({ margins: { value: 0.05 } }), runs);
    expect(found).to.deep.include({ paired: true, verdict: "equivalent", baselineRuns: 3, scaledRuns: 3 });
    expect(found?.metrics[0]?.quantities[0]?.baseline.values).to.deep.equal([80, 120, 140]);
    expect(found?.metrics[0]?.quantities[0]?.scaled.values).to.deep.equal([80, 120, 140.1]);
    expect(found?.notes).to.deep.equal(["runs/tdf1-2 is left out: repetition 2 does not count at TDF 10"]);
  });

  it("cannot compare a TDF without a run that counts", async () => {
    const [found] = await analyse(folder.path, planOf(), record("1", [100, 101]));
    expect(found).to.deep.include({ verdict: "not-comparable", baselineRuns: 2, scaledRuns: 0 });
    expect(found?.notes).to.deep.equal(["no run at TDF 10 that counts"]);
  });

  it("names the runs it left out, and those that are doubtful", () => {
    const runs = [
      runOf({}),
      runOf({ tdf: "10", fidelity: "not trustworthy", counted: false, reasons: ["the host was full"] }),
      runOf({ tdf: "10", repetition: 2, fidelity: "doubtful", reasons: ["late"] }),
      runOf({
        tdf: "10",
        repetition: 3,
        outcome: "failed",
        fidelity: null,
        counted: false,
        reasons: ["no such file"],
      }),
    ];
    expect(notesOnRuns(runs)).to.deep.equal([
      "runs/tdf10-1 is not trustworthy, and not counted: the host was full",
      "runs/tdf10-2 is doubtful: late",
      "runs/tdf10-3 failed, and not counted: no such file",
    ]);
  });

  const overall: [SetVerdict[], SetVerdict][] = [
    [["equivalent", "equivalent"], "equivalent"],
    [["equivalent", "inconclusive"], "inconclusive"],
    [["not-comparable", "inconclusive"], "not-comparable"],
    [["not-comparable", "different", "equivalent"], "different"],
    [[], "not-comparable"],
  ];
  for (const [verdicts, expected] of overall) {
    it(`sums ${verdicts.join(", ") || "nothing"} up as ${expected}`, () => {
      const sets = verdicts.map((verdict) => ({ verdict }) as SetComparison);
      expect(overallVerdict(sets)).to.equal(expected);
    });
  }

  it("can be read again, unless it is missing, damaged or of another version", () => {
    const complaint = () => {
      try {
        readValidation(folder.path);
        return "none";
      } catch (error) {
        return (error as Error).message.replaceAll(folder.path, "DIR");
      }
    };
    expect(complaint()).to.equal("DIR/validation.json: expected a validation's record; it is not there");
    const record = {
      version: 1,
      experiment: "x",
      complete: true,
      verdict: "equivalent",
      command: ["validate", "x"],
      diecast: "0.1.0",
      began: "2030-01-31T12:00:00.000Z",
      ended: null,
      host: { processor: "p", cores: 2, memoryBytes: 1e9, system: "s", node: "v20" },
      plan: planOf(),
      runs: [runOf({}), runOf({ path: "runs/a..b-tdf1-2" })],
      comparisons: [],
      notes: [],
    };
    folder.write("validation.json", JSON.stringify({ ...record, version: 2 }));
    expect(complaint()).to.equal("DIR/validation.json: expected a validation of version 1, found 2");
    folder.write("validation.json", JSON.stringify({ ...record, runs: undefined }));
    expect(complaint()).to.match(/^DIR\/validation.json: the validation's record is damaged: runs: /);
    for (const [damage, field] of [
      [{ host: undefined }, "host"],
      [{ plan: { ...planOf(), tdfs: "1,10" } }, "plan.tdfs"],
      [{ runs: [{ ...runOf({}), repetition: "1" }] }, "runs.0.repetition"],
      [{ comparisons: [{}] }, "comparisons.0.tdf"],
    ] as const) {
      folder.write("validation.json", JSON.stringify({ ...record, ...damage }));
      expect(complaint()).to.contain(`the validation's record is damaged: ${field}: `);
    }
    // Folders of runs are removed, by whoever goes on.
    for (const path of ["/etc", "../x", "runs/../x", "runs/..", "runs/.", "runs/a/b", "runs/", "x"]) {
      folder.write("validation.json", JSON.stringify({ ...record, runs: [runOf({ path })] }));
      expect(complaint()).to.contain("runs.0.path: expected a folder in runs/");
    }
    folder.write("validation.json", JSON.stringify(record));
    expect(complaint()).to.equal("none");
  });
});
