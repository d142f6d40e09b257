import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type RunSummary, readSummary, writeSummary } from "../../src/metrics/summary.js";
import { Folder } from "./folder.js";

const SUMMARY: Omit<RunSummary, "version"> = {
  experiment: "quickstart",
  tdf: "10",
  seed: 1,
  measure: { beginS: 3, endS: 13 },
  complete: true,
  metrics: [
    {
      kind: "pattern",
      name: "throughput",
      unit: "1/s",
      guest: "client",
      perGuest: "mean",
      combine: "sum",
      count: 1,
      value: 2.5,
      guests: [{ guest: "client", count: 1, value: 2.5 }],
      warnings: [],
    },
  ],
  resources: null,
  sampling: { samples: 13, late: 0, missed: 0, worstVirtualNs: 1e6 },
  warnings: ["a line"],
};

describe("summary.json", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const directory = {
    writeJson: (name: string, value: unknown) =>
      writeFileSync(join(folder.path, name), JSON.stringify(value)),
  };
  function complaint(): string {
    try {
      readSummary(folder.path);
    } catch (error) {
      expect(error).to.have.property("code", "invalid-option");
      return (error as Error).message.replace(folder.path, "RUN");
    }
    throw new Error("it was read");
  }

  it("is read as it was written, with a version", () => {
    writeSummary(directory, SUMMARY);
    expect(readSummary(folder.path)).to.deep.equal({ version: 1, ...SUMMARY });
  });

  it("says that a run without it did not finish", () => {
    expect(complaint()).to.equal("RUN/summary.json is missing: the run did not finish");
  });

  it("refuses what it cannot read, and other versions", () => {
    folder.write("summary.json", "{");
    expect(complaint()).to.match(/^RUN\/summary.json cannot be read: /);
    folder.write("summary.json", JSON.stringify({ ...SUMMARY, version: 2 }));
    expect(complaint()).to.equal("RUN/summary.json: expected a run's summary of version 1, found version 2");
    folder.write("summary.json", "null");
    expect(complaint()).to.equal("RUN/summary.json: expected a run's summary of version 1, found none");
    folder.write("summary.json", JSON.stringify({ version: 1, ...SUMMARY, metrics: [{ name: "x" }] }));
    expect(complaint()).to.equal("RUN/summary.json: expected a run's summary of version 1, it is damaged");
  });
});
