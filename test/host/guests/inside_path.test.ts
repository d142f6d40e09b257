import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { resolveInside } from "../../../src/host/guests/inside_path.js";

describe("resolveInside", () => {
  let root: string;
  const inside = (path: string) => resolveInside(root, path).slice(root.length);

  before(() => {
    root = mkdtempSync(join(tmpdir(), "diecast-inside-"));
    mkdirSync(join(root, "data/deep"), { recursive: true });
    writeFileSync(join(root, "data/file"), "");
    symlinkSync("/data", join(root, "absolute"));
    symlinkSync("../../../../data/file", join(root, "data/deep/up"));
    symlinkSync("/etc/passwd", join(root, "password"));
    symlinkSync("loop", join(root, "loop"));
  });
  after(() => rmSync(root, { recursive: true }));

  it("leaves plain paths as they are, there or not", () => {
    expect(inside("/data/file")).to.equal("/data/file");
    expect(inside("/data/./nowhere//x")).to.equal("/data/nowhere/x");
  });

  it("follows links within the root", () => {
    expect(inside("/absolute/file")).to.equal("/data/file");
    expect(inside("/data/deep/up")).to.equal("/data/file");
    expect(inside("/password")).to.equal("/etc/passwd");
  });

  it("never leaves the root", () => {
    expect(inside("/../../etc/passwd")).to.equal("/etc/passwd");
    expect(inside("/data/../../..")).to.equal("");
  });

  it("ends at a loop", () => {
    expect(inside("/loop/x")).to.equal("/loop/x");
  });
});
