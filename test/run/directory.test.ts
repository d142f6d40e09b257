import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import { RunDirectory, sideInName } from "../../src/run/directory.js";
import { ratio } from "../../src/scale/ratio.js";

describe("a run's folder", () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "diecast-test-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it("is made with its parts", () => {
    const directory = RunDirectory.create(join(scratch, "a/b"), "x", "tdf10");
    writeFileSync(directory.file("metrics/values/a.csv"), "");
    expect(directory.path).to.equal(join(scratch, "a/b"));
  });

  it("is never one that has something in it", () => {
    writeFileSync(join(scratch, "precious"), "");
    expect(() => RunDirectory.create(scratch, "x", "tdf10")).to.throw(/expected a new or empty folder.*/);
  });

  it("is named for experiment, TDF and time, and twice in a second gets two names", () => {
    const before = process.cwd();
    process.chdir(scratch);
    try {
      const now = new Date(2026, 0, 2, 3, 4, 5);
      const names = [1, 2].map(() => basename(RunDirectory.create(undefined, "web", "tdf2.5", now).path));
      expect(names).to.deep.equal(["web-tdf2.5-20260102-030405", "web-tdf2.5-20260102-030405-2"]);
    } finally {
      process.chdir(before);
    }
  });

  it("is named for what guests' time was", () => {
    const names = [sideInName(ratio(5n, 2n), undefined), sideInName(ratio(1n, 1n), ratio(10n, 1n))];
    expect(names).to.deep.equal(["tdf2.5", "undilated10"]);
  });

  it("takes JSON with big integers", () => {
    const directory = RunDirectory.create(join(scratch, "run"), "x", "tdf1");
    directory.writeJson("run.json", { a: 5n });
    expect(JSON.parse(readFileSync(directory.file("run.json"), "utf8"))).to.deep.equal({ a: 5 });
  });

  it("is opened only where there is a run", () => {
    expect(() => RunDirectory.open(scratch)).to.throw(/has no run\.json/);
    expect(() => RunDirectory.open(join(scratch, "none"))).to.throw(/is no folder/);
  });
});
