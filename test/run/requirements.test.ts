import { existsSync } from "node:fs";
import { expect } from "chai";
import { Experiment } from "./experiment.js";

const LACK =
  "the experiment needs what this host lacks: no-such-program; install it: apt-get install --no-install-recommends its-package";

describe("an experiment that requires what the host lacks", () => {
  let experiment: Experiment;
  beforeEach(() => {
    experiment = new Experiment({
      requires: { "no-such-program": "its-package", sh: "dash", "./experiment.yaml": "git pull" },
      guests: { a: { run: "true", exit: 0 } },
      phases: { measure: "10ms" },
    });
  });
  afterEach(function () {
    return experiment.clear(this.currentTest?.state === "failed");
  });

  it("is refused before anything is begun, with the command that helps", async () => {
    const run = await experiment.run("--tdf", "1");
    expect(run.code, run.said).to.equal(125);
    expect(run.stderr).to.equal(`diecast: ${LACK}\n`);
    expect(existsSync(run.directory)).to.equal(false);
  });

  it("is shown so by --dry-run, behind the plan", async () => {
    const run = await experiment.run("--tdf", "1", "--dry-run");
    expect(run.code, run.said).to.equal(1);
    expect(run.stdout).to.match(/^test at TDF 1/);
    expect(run.stdout.trimEnd().split("\n").at(-1)).to.equal(LACK);
  });

  it("is shown so by --dry-run --json", async () => {
    const run = await experiment.run("--tdf", "1", "--dry-run", "--json");
    expect(JSON.parse(run.stdout)).to.deep.include({
      missing: [{ what: "no-such-program", from: { kind: "package", name: "its-package" } }],
    });
  });
});
