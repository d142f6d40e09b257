import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { exclusively } from "../../../src/host/state/exclusively.js";
import { STATE_DIRECTORY } from "../../../src/host/state/records.js";

const LOCK = join(STATE_DIRECTORY, ".lock");

/** Adds one to the number in a file, slowly, many times. */
const ADDER = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { exclusively } from "${new URL("../../../src/host/state/exclusively.js", import.meta.url)}";
  for (let i = 0; i < 40; i++) exclusively(() => {
    const value = Number(readFileSync(process.argv[1], "utf8"));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    writeFileSync(process.argv[1], String(value + 1));
  });`;

describe("what is done exclusively", function () {
  this.timeout(30_000);

  it("is done by one process at a time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    const file = join(folder, "number");
    writeFileSync(file, "0");
    try {
      const add = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", ADDER, file]);
      await Promise.all([add(), add(), add()]);
      expect(readFileSync(file, "utf8")).to.equal("120");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("does not wait for one that has died meanwhile", () => {
    // No process has begun at the boot itself but the first.
    writeFileSync(LOCK, JSON.stringify({ pid: 2 ** 22 - 1, startTicks: 0 }));
    const beganMs = performance.now();
    expect(exclusively(() => readFileSync(LOCK, "utf8"))).to.match(new RegExp(`"pid":${process.pid},`));
    expect(performance.now() - beganMs).to.be.below(2000);
  });

  it("leaves nothing, and can be done again, after an error", () => {
    const fail = () => {
      throw new Error("no");
    };
    expect(() => exclusively(fail)).to.throw("no");
    expect(existsSync(LOCK)).to.equal(false);
    expect(exclusively(() => 1)).to.equal(1);
  });
});
