import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { GuestGroups } from "../../src/host/cgroup/run_groups.js";
import { countRests, type RestCounter } from "../../src/host/rests.js";
import { RunPlace } from "../../src/host/state/run_place.js";
import type { Rested } from "../../src/scale/cold_caches.js";
import { until } from "../launch/tree.js";
import { ROOT } from "../paths.js";

const ID = `test-rests-${process.pid}`;
const REPEATS = 20;
const WORK_MS = 2;
const PARTS = 8;
/** When it has read a line, it rests and works, again and again, with pauses in its work that are no rests. */
const PROGRAM = `
const nothing = new Int32Array(new SharedArrayBuffer(4));
console.log("ready");
process.stdin.once("data", () => {
  let left = ${REPEATS};
  const work = () => {
    for (let part = 0; part < ${PARTS}; part++) {
      const begin = process.cpuUsage();
      for (let used = 0; used < ${(WORK_MS * 1000) / PARTS}; ) {
        const { user, system } = process.cpuUsage(begin);
        used = user + system;
      }
      Atomics.wait(nothing, 0, 0, 0.1);
    }
    if (--left > 0) setTimeout(work, Number(process.argv[1]));
    else process.exit();
  };
  setTimeout(work, Number(process.argv[1]));
});`;
const unified = (groups: GuestGroups) => groups.unified as string;
const WORK_NS = REPEATS * WORK_MS * 1e6;

function sum(classes: readonly Rested[]): { rests: number; ranNs: number } {
  return classes.reduce((all, { rests, ranNs }) => ({ rests: all.rests + rests, ranNs: all.ranNs + ranNs }), {
    rests: 0,
    ranNs: 0,
  });
}

/** Descriptors of this process that are BPF's. */
function descriptors(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return /bpf/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

describe("the rests of guests", function () {
  this.timeout(60_000);
  let place: RunPlace;
  let guests: GuestGroups[];
  let counter: RestCounter | undefined;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    place = RunPlace.use(ID);
    const limits = { bandwidth: undefined, memoryBytes: undefined, processes: 50 };
    guests = ["a", "b"].map((name) => place.groups.add(name, limits));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    counter?.close();
    counter = undefined;
    for (const guest of guests) await guest.remove();
    place.release();
  });

  /** A program in the group that waits for a line. */
  async function startIn(group: string, restMs: number): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["-e", PROGRAM, `${restMs}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    writeFileSync(join(group, "cgroup.procs"), `${child.pid}`);
    return child;
  }

  async function finish(child: ChildProcess): Promise<void> {
    child.stdin?.end("\n");
    await once(child, "exit");
  }

  /** Of the length that was asked for, or a little longer. */
  const atLength = (group: string, restMs: number) =>
    sum(
      (counter?.read(group) ?? []).filter(
        ({ restNs }) => restNs > (restMs * 1e6) / 1.5 && restNs < restMs * 1e6 * 3,
      ),
    );

  it("are counted by their lengths, each guest's by themselves, with how long it ran after them", async () => {
    const [a, b] = guests.map(unified) as [string, string];
    const programs = [await startIn(a, 10), await startIn(b, 80)];
    counter = countRests([a, b]);
    await Promise.all(programs.map(finish));
    for (const [group, restMs, other] of [
      [a, 10, 80],
      [b, 80, 10],
    ] as const) {
      expect(atLength(group, restMs).rests, `${restMs} ms`).to.be.within(0.6 * REPEATS, 2 * REPEATS);
      expect(atLength(group, other).rests, `${other} ms`).to.be.below(0.5 * REPEATS);
      // On a busy machine some of the work comes after it had to wait, which is a rest as well. The rest is Node's own.
      const { ranNs } = sum(counter.read(group));
      expect(ranNs).to.be.within(0.95 * WORK_NS, 3 * WORK_NS);
      expect(atLength(group, restMs).ranNs).to.be.above(0.4 * WORK_NS);
    }
  });

  it("tell those runs that were cut short, by a quota that is used up", async () => {
    const bandwidth = { periodUs: 50_000n, quotaUs: 10_000n };
    guests.push(place.groups.add("c", { bandwidth, memoryBytes: undefined, processes: 50 }));
    const [a, , c] = guests.map(unified) as [string, string, string];
    const resting = await startIn(a, 10);
    const busy = spawn("sh", ["-c", "read line; while :; do :; done"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    children.push(busy);
    for (const group of (guests[2] as GuestGroups).directories)
      writeFileSync(join(group, "cgroup.procs"), `${busy.pid}`);
    counter = countRests([a, c]);
    busy.stdin?.end("\n");
    await finish(resting);
    const cut = (group: string) =>
      (counter?.read(group) ?? []).reduce(
        (all, { rests, cutRuns, cutNs }) => ({
          rests: all.rests + rests,
          cutRuns: all.cutRuns + cutRuns,
          cutNs: all.cutNs + cutNs,
        }),
        { rests: 0, cutRuns: 0, cutNs: 0 },
      );
    await until(() => cut(c).rests >= 10, "ten rests");
    const [free, limited] = [cut(a), cut(c)];
    // That of the last rest is not over, and the first began before anything was counted.
    expect(limited.cutRuns).to.be.within(limited.rests - 4, limited.rests);
    expect(limited.cutNs / limited.cutRuns).to.be.within(5e6, 20e6);
    // It is cut short where others are at work on a busy machine.
    expect(free.cutRuns).to.be.below(0.7 * free.rests);
  });

  it("are none of a group in which nothing runs, and of one that was not asked about", async () => {
    const [a, b] = guests.map(unified) as [string, string];
    counter = countRests([a]);
    await finish(await startIn(b, 5));
    expect(counter.read(a)).not.to.deep.equal([]);
    expect(sum(counter.read(a))).to.deep.equal({ rests: 0, ranNs: 0 });
    expect(counter.read(b)).to.deep.equal([]);
  });

  it("are not counted any more once the counter is closed", () => {
    const [a] = guests.map(unified) as [string, string];
    const before = descriptors();
    counter = countRests([a]);
    // The map and what holds the program.
    expect(descriptors()).to.equal(before + 2);
    counter.close();
    counter.close();
    expect(descriptors()).to.equal(before);
    expect(counter.read(a)).to.deep.equal([]);
  });

  it("cannot be told of what is no group, or without the right to: the kernel's answer is", () => {
    expect(() => countRests(["/nowhere"])).to.throw("/nowhere: No such file or directory");
    const program = `
      import { countRests } from "${new URL("../../src/host/rests.js", import.meta.url)}";
      try { countRests(["${guests.map(unified)[0]}"]); } catch (error) { console.log(error.code, error.message); }`;
    const known = execFileSync("setpriv", ["--list-caps"], { encoding: "utf8" }).split("\n");
    const rights = ["bpf", "perfmon", "sys_admin"].filter((right) => known.includes(right));
    const { stdout, stderr } = spawnSync(
      "setpriv",
      [
        `--bounding-set=${rights.map((right) => `-${right}`).join()}`,
        ...[process.execPath, "--input-type=module", "-e", program],
      ],
      { encoding: "utf8", cwd: ROOT },
    );
    expect(stdout, stderr).to.match(/^unsupported bpf: .*: Operation not permitted\n$/);
  });
});
