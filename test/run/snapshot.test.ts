import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DieCastError } from "../../src/errors.js";
import { snapshotFiles } from "../../src/run/snapshot.js";

describe("the snapshot of an experiment's files", () => {
  let source: string;
  let target: string;
  beforeEach(() => {
    source = mkdtempSync(join(tmpdir(), "diecast-test-"));
    target = mkdtempSync(join(tmpdir(), "diecast-test-"));
    mkdirSync(join(source, "data"));
    writeFileSync(join(source, "data/one.txt"), "1");
    writeFileSync(join(source, "server.mjs"), "server");
  });
  afterEach(() => {
    for (const folder of [source, target]) rmSync(folder, { recursive: true });
  });

  it("takes what is named, folders with all in them", async () => {
    await snapshotFiles(source, ["data"], target);
    expect(readFileSync(join(target, "data/one.txt"), "utf8")).to.equal("1");
    expect(existsSync(join(target, "server.mjs"))).to.equal(false);
  });

  it("takes the whole folder but for histories and runs", async () => {
    mkdirSync(join(source, ".git"));
    mkdirSync(join(source, "runs"));
    await snapshotFiles(source, ["."], target);
    expect(existsSync(join(target, "server.mjs"))).to.equal(true);
    expect(existsSync(join(target, ".git")) || existsSync(join(target, "runs"))).to.equal(false);
  });

  it("does not take itself when the run is recorded inside the folder", async () => {
    const inside = join(source, "out/files");
    mkdirSync(inside, { recursive: true });
    await snapshotFiles(source, ["."], inside);
    expect(existsSync(join(inside, "server.mjs"))).to.equal(true);
    expect(existsSync(join(inside, "out"))).to.equal(false);
  });

  it("keeps links as links", async () => {
    symlinkSync("/nowhere", join(source, "dangling"));
    await snapshotFiles(source, ["dangling"], target);
  });

  for (const [what, files, message] of [
    ["a path that is not there", ["missing"], /missing.* is not there/],
    ["a path that leads outside", ["../other"], /leads outside/],
    ["too much", ["huge"], /holds more than 512 MiB/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      writeFileSync(join(source, "huge"), "");
      truncateSync(join(source, "huge"), 600 * 2 ** 20);
      const error = await snapshotFiles(source, files, target).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(DieCastError);
      expect((error as Error).message).to.match(message);
    });
  }
});
