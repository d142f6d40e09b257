import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ReportData } from "../../src/report/report.js";
import { Folder } from "../metrics/folder.js";
import { DIECAST } from "../paths.js";
import { recordWholeRun } from "../report/runs.js";
import { recordValidation } from "../report/validations.js";

describe("diecast report", function () {
  this.timeout(60_000);
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  function diecast(args: readonly string[], path = process.env.PATH) {
    const options = { encoding: "utf8", cwd: folder.path, env: { ...process.env, PATH: path } } as const;
    const { status, stdout, stderr } = spawnSync(DIECAST, ["report", ...args], options);
    return { status, stdout, stderr };
  }
  const record = (name: string, tdf: string) => recordWholeRun(join(folder.path, name), { tdf });
  const read = (...names: string[]) => readFileSync(join(folder.path, ...names), "utf8");

  it("writes a run's page into its folder, and says the verdict", () => {
    record("a", "10");
    expect(diecast(["a"])).to.deep.equal({
      status: 0,
      stdout:
        "quickstart, 1 run\n" +
        "trustworthy. By its own instruments the emulation kept up with the run.\n" +
        "written to a/report.html\n",
      stderr: "",
    });
    expect(read("a", "report.html")).to.match(/^<!doctype html>.*<\/html>\n$/s);
  });

  it("writes that of several runs into the present folder, or where it is told, and replaces an old one", () => {
    record("a", "1");
    record("b", "10");
    expect(diecast(["b", "a"]).stdout).to.match(
      /^quickstart, 2 runs\nwithin the tolerance.*written to quickstart-report\.html\n$/s,
    );
    writeFileSync(join(folder.path, "old.html"), "old");
    expect(diecast(["b", "a", "--out", "old.html"]).status).to.equal(0);
    const withoutDate = (page: string) => page.replace(/on \d{4}-[^.]*\./, "");
    expect(withoutDate(read("old.html"))).to.equal(withoutDate(read("quickstart-report.html")));
    expect(existsSync(join(folder.path, "old.html.new"))).to.equal(false);
  });

  it("prints what it shows as JSON", () => {
    recordValidation(join(folder.path, "v"));
    const { status, stdout } = diecast(["v", "--json"]);
    const data = JSON.parse(stdout) as ReportData & { file: string };
    expect(status).to.equal(0);
    expect(data.file).to.equal(join(realpathSync(folder.path), "v", "report.html"));
    expect(data).to.deep.include({ version: 1, experiment: "quickstart" });
    expect(data.verdict.agreement?.word).to.equal("inconclusive");
  });

  it("says in one line what is wrong, and writes nothing", () => {
    record("a", "1");
    expect(diecast(["a", "nowhere", "--out", "x.html"])).to.deep.equal({
      status: 125,
      stdout: "",
      stderr:
        "diecast: nowhere: expected the folder of a run; it is not there; runs are recorded below ./runs, or where --out said\n",
    });
    expect(existsSync(join(folder.path, "x.html"))).to.equal(false);
    const { status, stderr } = diecast(["a", "--out", "no/such/x.html"]);
    expect(status).to.equal(125);
    expect(stderr).to.match(
      /^diecast: cannot write .*no\/such\/x\.html: ENOENT.*; name another file with --out\n$/,
    );
    expect(diecast([]).stderr).to.equal("diecast: missing required argument 'path'; see diecast --help\n");
  });

  it("opens it with xdg-open where there is one, and says so where there is none", () => {
    record("a", "1");
    const bin = join(folder.path, "bin");
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, "node"));
    const without = diecast(["a", "--open"], bin);
    expect(without.status).to.equal(125);
    expect(without.stderr).to.match(
      /^diecast: --open: xdg-open is not installed; open .*a\/report\.html in a browser/,
    );
    expect(existsSync(join(folder.path, "a", "report.html"))).to.equal(true);
    const opened = join(folder.path, "opened");
    writeFileSync(
      join(bin, "xdg-open"),
      `#!/bin/sh\necho "$1" > '${opened}.new'\n/bin/mv '${opened}.new' '${opened}'\n`,
      {
        mode: 0o755,
      },
    );
    expect(diecast(["a", "--open"], bin)).to.include({ status: 0, stderr: "" });
    const deadline = Date.now() + 10_000;
    while (!existsSync(opened) && Date.now() < deadline) Atomics.wait(PAUSE, 0, 0, 20);
    expect(readFileSync(opened, "utf8")).to.equal(`${join(realpathSync(folder.path), "a", "report.html")}\n`);
  });

  it("has help with examples", () => {
    const { status, stdout } = diecast(["--help"]);
    expect(status).to.equal(0);
    expect(stdout).to.contain("diecast report runs/web-tdf1 runs/web-tdf10 --out web.html --open");
  });
});

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
