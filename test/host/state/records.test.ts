import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { Clock } from "../../../src/clock/clock.js";
import { cleanDeadRuns } from "../../../src/host/state/clean.js";
import { liveRuns } from "../../../src/host/state/live.js";
import { isAlive, ownerOf } from "../../../src/host/state/owner.js";
import {
  createRecord,
  type RunRecord,
  removeRecords,
  runFile,
  runFolder,
} from "../../../src/host/state/records.js";
import { registerRun } from "../../../src/host/state/register.js";
import { RunPlace } from "../../../src/host/state/run_place.js";

const ID = `test-records-${process.pid}`;

function record(pid: number, startTicks: number): RunRecord {
  return {
    id: ID,
    owner: { pid, startTicks },
    runDirectory: undefined,
    clock: undefined,
    tdf: undefined,
    cgroups: [],
  };
}

describe("an owner", () => {
  it("is alive while it is the same process", () => {
    const owner = ownerOf(process.pid);
    if (owner === undefined) throw new Error("we do not exist");
    expect(isAlive(owner)).to.equal(true);
    expect(isAlive({ ...owner, startTicks: owner.startTicks - 1 })).to.equal(false);
  });

  it("is not, once it has ended", () => {
    const { pid } = spawnSync("true");
    expect(ownerOf(pid)).to.equal(undefined);
  });
});

describe("a registered run", () => {
  it("is live until it is removed, readable by its user alone", () => {
    const clock = new Clock({ tdf: "5/2" });
    const registration = registerRun({ id: ID, runDirectory: "/somewhere", clock });
    try {
      const [run] = liveRuns().filter(({ id }) => id === ID);
      expect(run).to.deep.include({ runDirectory: "/somewhere", tdf: "5/2", guests: [] });
      expect(run?.owner.pid).to.equal(process.pid);
      expect(existsSync(run?.clock as string)).to.equal(true);
      expect(statSync(runFile(ID)).mode & 0o777).to.equal(0o600);
      expect(cleanDeadRuns().runs).to.not.include(ID);
    } finally {
      registration.remove();
      registration.remove();
      clock.close();
    }
    expect(liveRuns().some(({ id }) => id === ID)).to.equal(false);
    expect(existsSync(runFile(ID)) || existsSync(runFolder(ID))).to.equal(false);
  });

  it("has a name of its own", () => {
    const ours = ownerOf(process.ppid);
    createRecord(record(process.ppid, ours?.startTicks ?? 0));
    try {
      expect(() => RunPlace.use(ID)).to.throw(`there is a run ${ID} already, of process ${process.ppid}`);
    } finally {
      removeRecords(ID);
    }
    expect(() => RunPlace.use("../x")).to.throw("run id: expected letters, digits, dots and dashes");
  });

  it("is removed with the last that uses it", () => {
    const one = RunPlace.use(ID);
    const two = RunPlace.use(ID);
    expect(two).to.equal(one);
    one.release();
    expect(existsSync(runFile(ID))).to.equal(true);
    two.release();
    expect(existsSync(runFile(ID))).to.equal(false);
  });

  it("hands out one folder for equal address books", () => {
    const place = RunPlace.use(ID);
    try {
      const folder = place.etc("10.0.0.1 web\n");
      expect(readFileSync(`${folder}/hosts`, "utf8")).to.equal("10.0.0.1 web\n");
      expect(place.etc("10.0.0.1 web\n")).to.equal(folder);
      expect(place.etc("10.0.0.2 web\n")).to.not.equal(folder);
    } finally {
      place.release();
    }
  });
});

describe("cleanDeadRuns", () => {
  it("puts a dead run's settings back once, even if its record has to stay", () => {
    const folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    const path = join(folder, "setting");
    writeFileSync(path, "10");
    const settings = [{ path, before: "1", set: "10" }];
    // A folder with a file in it is no cgroup that could be removed.
    createRecord({ ...record(spawnSync("true").pid, 1), settings, cgroups: [folder] });
    try {
      expect(cleanDeadRuns().left).to.include(folder);
      expect(readFileSync(path, "utf8")).to.equal("1");
      // Another run sets the same.
      writeFileSync(path, "10");
      cleanDeadRuns();
      expect(readFileSync(path, "utf8")).to.equal("10");
    } finally {
      removeRecords(ID);
      rmSync(folder, { recursive: true });
    }
  });

  it("removes records of processes that are no more, and folders without a record", () => {
    createRecord(record(spawnSync("true").pid, 1));
    const orphan = `${ID}-orphan`;
    mkdirSync(`${runFolder(orphan)}/guests`, { recursive: true });
    writeFileSync(`${runFolder(orphan)}/guests/web.json`, "{}");
    expect(cleanDeadRuns().runs).to.include.members([ID, orphan]);
    for (const id of [ID, orphan]) {
      expect(existsSync(runFile(id)) || existsSync(runFolder(id)), id).to.equal(false);
    }
  });

  it("removes records that a process was killed while writing, and no other's", () => {
    const half = (pid: number) => join(dirname(runFile(ID)), `.${ID}.json.${pid}`);
    const [dead, live] = [half(spawnSync("true").pid), half(process.pid)];
    mkdirSync(dirname(dead), { recursive: true });
    for (const path of [dead, live]) writeFileSync(path, "{");
    try {
      expect(cleanDeadRuns().files).to.include(dead).and.not.include(live);
      expect([existsSync(dead), existsSync(live)]).to.deep.equal([false, true]);
    } finally {
      rmSync(live);
    }
  });
});
