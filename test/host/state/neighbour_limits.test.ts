import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  lowerNeighbourLimits,
  type RaisedLimit,
  raiseNeighbourLimits,
} from "../../../src/host/state/neighbour_limits.js";

/** A number that can be read and not be written, by root neither. */
const READ_ONLY = "/proc/sys/kernel/ngroups_max";

describe("limits of neighbours", () => {
  let folder: string;
  let paths: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    paths = ["a", "b", "c"].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, "100\n");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const values = () => paths.map((path) => Number(readFileSync(path, "utf8")));
  /** Lets `work` die at its nth note, before (0) or after that; null: it came to its end. */
  const diesAt = (nth: number, work: (note: (limits: readonly RaisedLimit[]) => void) => void) => {
    let record: readonly RaisedLimit[] = [];
    let count = 0;
    const died = new Error("died");
    try {
      work((limits) => {
        if (count++ === nth) throw died;
        record = limits;
      });
    } catch (error) {
      if (error !== died) throw error;
      return record;
    }
    return null;
  };

  it("are all raised or none", () => {
    const [a = "", b = "", c = ""] = paths;
    let record: readonly RaisedLimit[] = [];
    const problem = raiseNeighbourLimits(5, (limits) => (record = limits), [a, b, READ_ONLY, c]);
    expect(problem).to.match(/EACCES|EROFS|EPERM/);
    expect(values()).to.deep.equal([100, 100, 100]);
    expect(record).to.deep.equal([]);
  });

  it("are put back wherever raising or lowering them was broken off", () => {
    let times = 0;
    for (let nth = 0; ; nth++) {
      let raised: readonly RaisedLimit[] = [];
      const note = (limits: readonly RaisedLimit[]) => (raised = limits);
      const record = diesAt(nth, (noteOrDie) => {
        const both = (limits: readonly RaisedLimit[]) => {
          noteOrDie(limits);
          note(limits);
        };
        raiseNeighbourLimits(5, both, paths);
        expect(values()).to.deep.equal([105, 105, 105]);
        lowerNeighbourLimits(raised, both);
      });
      if (record === null) break;
      times++;
      lowerNeighbourLimits(record, () => {});
      expect(values(), `at note ${nth}`).to.deep.equal([100, 100, 100]);
    }
    expect(times).to.equal(8);
  });

  it("that were noted and never raised are left alone", () => {
    const [path = ""] = paths;
    lowerNeighbourLimits([{ path, by: 5, isRaised: false, found: 100 }], () => {});
    expect(values()[0]).to.equal(100);
    lowerNeighbourLimits([{ path, by: 5, isRaised: false, found: 95 }], () => {});
    expect(values()[0]).to.equal(95);
  });
});
