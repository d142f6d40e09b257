import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DIECAST } from "../paths.js";

describe("diecast schema", () => {
  it("prints a JSON Schema", () => {
    const { status, stdout, stderr } = spawnSync(DIECAST, ["schema"], { encoding: "utf8" });
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).to.deep.include({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
    });
  });
});

describe("diecast run with a bad experiment", () => {
  it("prints one line for each mistake, then one of its own, and no stack", () => {
    const directory = mkdtempSync(join(tmpdir(), "diecast-bad-"));
    try {
      const file = join(directory, "bad.yaml");
      writeFileSync(file, "name: bad\nguests:\n  a: { count: 0, machne: x }\nphases: { measure: 1s }\n");
      const { status, stdout, stderr } = spawnSync(DIECAST, ["run", file, "--dry-run"], { encoding: "utf8" });
      expect({ status, stdout, stderr: stderr.replaceAll(`${directory}/`, "") }).to.deep.equal({
        status: 125,
        stdout: "",
        stderr: [
          "bad.yaml:3:15: guests.a.count: expected a number of guests from 1 to 10000, found 0",
          'bad.yaml:3:18: guests.a.machne: unknown key; did you mean "machine"?',
          "diecast: bad.yaml: 2 errors; nothing was started",
          "",
        ].join("\n"),
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
