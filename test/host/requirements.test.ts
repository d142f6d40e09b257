import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { assertThere, lackOf, missingOf, versionsOf } from "../../src/host/requirements.js";
import type { Requirement } from "../../src/spec/experiment.js";

describe("what an experiment requires", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "diecast-requires-"));
    for (const path of ["bin", "lib/15/bin", "lib/x/lib"]) mkdirSync(join(folder, path), { recursive: true });
    for (const path of ["bin/program", "bin/text", "lib/15/bin/initdb"])
      writeFileSync(join(folder, path), "");
    chmodSync(join(folder, "bin/program"), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function of(what: string, name = "package"): Requirement {
    return { what, from: { kind: "package", name } };
  }

  function isMissing(what: string): boolean {
    return missingOf([of(what)], `/nonexistent::${join(folder, "bin")}`).length === 1;
  }

  it("is looked for among the programs: files that may be run", () => {
    expect(isMissing("program")).to.equal(false);
    for (const absent of ["absent", "text", "."]) expect(isMissing(absent), absent).to.equal(true);
  });

  it("is looked for by its path, in which * stands for a name or a part of it", () => {
    for (const there of ["bin", "lib/15/bin/initdb", "lib/*/bin/initdb", "lib/*/bin/in*db", "*/1*"]) {
      expect(isMissing(join(folder, there)), there).to.equal(false);
    }
    for (const absent of ["lib/*/initdb", "lib/*/bin/initdb/*", "lib/16*", "l.b", "bin/progra"]) {
      expect(isMissing(join(folder, absent)), absent).to.equal(true);
    }
  });

  it("is told all at once, with the commands that bring it, each once", () => {
    const command: Requirement = { what: "/x/node_modules/pg", from: { kind: "command", command: "npm ci" } };
    const lack = lackOf([of("a", "one"), of("b", "one"), of("c", "two"), command], "/my experiments");
    expect(lack?.line).to.equal(
      "the experiment needs what this host lacks: a, b, c, /x/node_modules/pg; install it: " +
        "apt-get install --no-install-recommends one two; cd '/my experiments' && npm ci",
    );
  });

  it("has the version of its package on record, where that is known", async function () {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg-query that fills it in
    const { stdout, status } = spawnSync("dpkg-query", ["-W", "-f", "${Version}", "dpkg"], {
      encoding: "utf8",
    });
    if (status !== 0) this.skip();
    const command: Requirement = { what: "/x", from: { kind: "command", command: "npm ci" } };
    const requires = [of("dpkg", "dpkg"), of("dpkg-query", "dpkg"), of("x", "no-such-package"), command];
    expect(await versionsOf(requires)).to.deep.equal({ dpkg: stdout });
    expect(await versionsOf([command])).to.deep.equal({});
  });

  it("is no matter if it is there", () => {
    expect(lackOf([], folder)).to.equal(undefined);
    assertThere([], folder);
    expect(() => assertThere([of("a")], folder)).to.throw(/needs what this host lacks: a$/);
  });
});
