import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect } from "chai";
import { formatCleaned } from "../../src/cli/clean.js";
import { findGuest } from "../../src/cli/enter.js";
import { formatRuns } from "../../src/cli/ps.js";
import type { LiveRun } from "../../src/host/state/live.js";
import type { GuestRecord } from "../../src/host/state/records.js";
import { type RunRegistration, registerRun } from "../../src/host/state/register.js";
import { TestRun } from "../host/guests/model.js";
import { DIECAST } from "../paths.js";

function guest(name: string): GuestRecord {
  return {
    name,
    init: { pid: 12, startTicks: 1 },
    cgroups: [],
    user: "root",
    workingDirectory: "/",
    environment: {},
    limits: {},
    cpuScale: "1/1",
  };
}

function liveRun(id: string, ...names: readonly string[]): LiveRun {
  const guests = names.map(guest);
  return {
    id,
    owner: { pid: 7, startTicks: 1 },
    runDirectory: `/runs/${id}`,
    clock: undefined,
    tdf: "10",
    cgroups: [],
    guests,
  };
}

describe("formatRuns", () => {
  it("prints runs with their guests below", () => {
    expect(formatRuns([liveRun("a", "web", "client-1"), liveRun("b")])).to.equal(
      [
        "a: pid 7, TDF 10, 2 guests, /runs/a",
        "  web       pid 12  root",
        "  client-1  pid 12  root",
        "",
        "b: pid 7, TDF 10, 0 guests, /runs/b",
        "",
      ].join("\n"),
    );
    expect(formatRuns([])).to.equal("no run lives on this host\n");
  });
});

describe("formatCleaned", () => {
  it("says what was removed and what was not", () => {
    expect(formatCleaned({ runs: ["a"], cgroups: ["/c"], files: ["/f"], left: ["/l"] })).to.equal(
      "removed the record of a\nremoved /c\nremoved /f\nstill in use: /l\n",
    );
    expect(formatCleaned({ runs: [], cgroups: [], files: [], left: [] })).to.equal("nothing to clean\n");
  });
});

describe("findGuest", () => {
  const runs = [liveRun("a", "web", "db"), liveRun("b", "web")];

  it("finds the one there is, or the one of the run asked for", () => {
    expect(findGuest("db", undefined, runs).run.id).to.equal("a");
    expect(findGuest("web", "b", runs).run.id).to.equal("b");
  });

  it("says what is wrong", () => {
    expect(() => findGuest("web", undefined, runs)).to.throw("web: several runs have such a guest: a, b");
    expect(() => findGuest("mail", undefined, runs)).to.throw("there is no live guest mail on this host");
    expect(() => findGuest("db", "b", runs)).to.throw("there is no live guest db on this host");
    expect(() => findGuest("db", "c", runs)).to.throw("--run: there is no live run c on this host");
  });
});

describe("diecast and a live run", function () {
  this.timeout(60_000);
  let run: TestRun;
  let registration: RunRegistration;

  before(async () => {
    run = new TestRun(20);
    registration = registerRun({ id: run.id, runDirectory: run.directory, clock: run.clock });
    await run.guest("web", undefined, { user: "nobody", environment: { COLOUR: "blue" }, cores: 0.5 });
  });
  after(async () => {
    registration.remove();
    await run.close();
  });

  function diecast(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(DIECAST, args, { encoding: "utf8", input: "", timeout: 20_000 });
  }

  it("ps lists it", () => {
    const listed = JSON.parse(diecast("ps", "--json").stdout) as { runs: { id: string }[] };
    const [ours] = listed.runs.filter(({ id }) => id === run.id);
    expect(ours).to.deep.include({ pid: process.pid, tdf: "20", runDirectory: run.directory });
    expect(ours).to.have.nested.property("guests[0].pid", run.guests[0]?.pid);
    expect(diecast("ps").stdout).to.match(
      new RegExp(`${run.id}: pid ${process.pid}, TDF 20, 1 guest, .*\n  web  pid`),
    );
  });

  it("enter runs a command there, as its user, in its environment, in its time and under its limits", () => {
    const script = 'hostname; id -un; pwd; echo "$COLOUR $HOME$NO_SUCH"; sleep 0.05; exit 7';
    const begin = performance.now();
    const { status, stdout, stderr } = diecast("enter", "--run", run.id, "web", "sh", "-c", script);
    expect(performance.now() - begin).to.be.at.least(1000);
    expect({ status, stderr }).to.deep.equal({ status: 7, stderr: "" });
    expect(stdout).to.match(/^web\nnobody\n\/experiment\nblue \S+\n$/);
    expect(diecast("enter", "--run", run.id, "--user", "root", "web", "--", "id", "-u").stdout).to.equal(
      "0\n",
    );
  });

  it("enter joins the guest's cgroups", () => {
    const before = run.guests[0]?.usage().cpuRealNs ?? 0;
    diecast("enter", "--run", run.id, "web", "true");
    expect(run.guests[0]?.usage().cpuRealNs).to.be.greaterThan(before);
  });

  it("enter gives the shell of a user without one a shell all the same", () => {
    const { stdout, status } = spawnSync(DIECAST, ["enter", "--run", run.id, "web"], {
      encoding: "utf8",
      input: "hostname; exit 3\n",
      timeout: 20_000,
    });
    expect({ stdout, status }).to.deep.equal({ stdout: "web\n", status: 3 });
  });

  it("enter ends as a shell does for what cannot be run", () => {
    expect(diecast("enter", "--run", run.id, "web", "no-such-program")).to.deep.include({
      status: 127,
      stderr: "diecast: no-such-program: command not found\n",
    });
    expect(diecast("enter", "no-such-guest")).to.deep.include({
      status: 125,
      stderr: "diecast: there is no live guest no-such-guest on this host; see diecast ps\n",
    });
  });

  it("clean leaves it alone", async () => {
    const cleaned = JSON.parse(diecast("clean", "--json").stdout) as { runs: string[]; cgroups: string[] };
    expect(cleaned.runs).to.not.include(run.id);
    expect(cleaned.cgroups.join()).to.not.contain(run.id);
    expect(readdirSync(`/run/diecast/${run.id}/guests`)).to.deep.equal(["web.json"]);
    expect((await run.guests[0]?.exec(["true"]))?.code).to.equal(0);
  });
});
