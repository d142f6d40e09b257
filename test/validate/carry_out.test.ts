import { expect } from "chai";
import { carryOutValidation, type ValidationReporter } from "../../src/validate/validate.js";
import type { Validation } from "../../src/validate/validation.js";
import type { OpenValidation } from "../../src/validate/validation_folder.js";
import { Folder } from "../metrics/folder.js";
import { planOf, runOf } from "./records.js";

const silent: ValidationReporter = {
  phase: () => {},
  progress: () => {},
  note: () => {},
  warn: () => {},
  begin: () => {},
  end: () => {},
};

describe("a validation", () => {
  let folder: Folder;
  let saved: Validation;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  /** One whose experiment no run can be made of. @param started told the pid of each run's process */
  function open(runs: Validation["runs"], started: (pid: number) => void): OpenValidation {
    const record = { plan: planOf({ repeat: 1 }), runs, complete: false } as unknown as Validation;
    return {
      folder: folder.path,
      record,
      read: () => record,
      experimentOf: () => ({ document: {}, directory: folder.path, files: [] }),
      phasesS: 1,
      save: (changed) => {
        saved = changed;
      },
      hold: async () => ({ running: started, release: () => {} }),
    };
  }
  const carryOut = (of: OpenValidation) => carryOutValidation(of, silent, new AbortController().signal);
  const kill = (pid: number) => process.kill(pid, "SIGKILL");
  const failed = (reasons: RegExp) => (run: Validation["runs"][number]) =>
    run.outcome === "failed" && !run.counted && reasons.test(run.reasons.join());

  for (const [what, started, reason] of [
    ["dies", kill, /^the run's process ended with SIGKILL$/],
    ["is refused", () => {}, /experiment/],
  ] as const) {
    it(`goes on when a run ${what} after others have worked, and tries it once more`, async () => {
      const before = runOf({ tdf: "1" });
      const { runs, complete, verdict } = await carryOut(open([before], started));
      expect(runs.map(({ path }) => path)).to.deep.equal([
        "runs/tdf1-1",
        "runs/tdf10-1",
        "runs/tdf10-1-again",
      ]);
      expect(runs.slice(1).every(failed(reason)), JSON.stringify(runs)).to.equal(true);
      expect({ complete, verdict }).to.deep.equal({ complete: true, verdict: "not-comparable" });
    });
  }

  it("has on record that its first runs died, and ends with the reason", async () => {
    const error: unknown = await carryOut(open([], kill)).catch((e: unknown) => e);
    expect((error as Error).message).to.equal(
      "the first two runs have failed: the run's process ended with SIGKILL",
    );
    expect(saved.runs.map(({ outcome }) => outcome)).to.deep.equal(["failed", "failed"]);
  });

  it("ends when its first run is refused", async () => {
    const error: unknown = await carryOut(open([], () => {})).catch((e: unknown) => e);
    expect((error as Error).message).to.match(/experiment/);
    expect(saved.runs).to.deep.equal([]);
  });
});
