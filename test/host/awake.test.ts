import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Awake, keepAwake, type WayToKeepAwake } from "../../src/host/awake.js";
import { findHierarchy } from "../../src/host/cgroup/hierarchy.js";
import { AWAKE } from "../../src/native.js";
import { processes, until } from "../launch/tree.js";
import { hostTraces } from "../run/footprint.js";

const ID = `test-awake-${process.pid}`;

const SCHED_IDLE = "5";

/** Our diecast-awake. */
function awakePid(): number | undefined {
  const found = processes().find(
    ({ parent, commandLine }) => parent === process.pid && /diecast-awake/.test(commandLine),
  );
  return found?.pid;
}

/** Scheduling classes (proc(5), field 41 of stat) of the threads of our diecast-awake; none: there is none. */
function classes(): string[] {
  const pid = awakePid();
  if (pid === undefined) return [];
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = read(`/proc/${pid}/task/${thread}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38] ?? "";
  });
}

/** How each processor is kept awake by it: its threads, which are pinned, are called so. */
function waysOf(pid: number): Map<string, string> {
  const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== `${pid}`);
  return new Map(
    threads.map((thread) => {
      const status = read(`/proc/${pid}/task/${thread}/status`);
      const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)?.[1] ?? "";
      return [field("Cpus_allowed_list"), field("Name")];
    }),
  );
}

/** As the kernel lists the threads of its core. */
const siblingsFile = (processor: string) =>
  `/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`;

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

describe("keepAwake", () => {
  let awake: Awake | undefined;
  afterEach(async () => {
    await awake?.close();
    awake = undefined;
  });

  async function running(way?: WayToKeepAwake): Promise<Awake> {
    const begun = await keepAwake(ID, way);
    expect(begun).not.to.equal(undefined);
    awake = begun as Awake;
    return awake;
  }

  for (const way of [undefined, "pause", "store"] as const) {
    it(`runs only when nothing else wants to, on every processor, until it is closed (${way ?? "as it fits"})`, async () => {
      const begun = await running(way);
      await until(() => classes().length === availableParallelism() + 1, "its threads");
      expect(new Set(classes().slice(1))).to.deep.equal(new Set([SCHED_IDLE]));
      const pid = awakePid() as number;
      await until(() => [...waysOf(pid).values()].every((name) => name.startsWith("awake-")), "their names");
      for (const [processor, name] of waysOf(pid)) {
        const fitting = read(siblingsFile(processor)).trim() === processor ? "store" : "pause";
        expect(name, processor).to.equal(`awake-${way ?? fitting}`);
      }
      await until(() => begun.cpuNs() > 0, "processor time");
      await begun.close();
      expect(classes()).to.deep.equal([]);
    });
  }

  it("is in a group that gives way to all others, and takes it with it", async () => {
    const begun = await running();
    const { mountPoint, version } = findHierarchy("cpu") as NonNullable<ReturnType<typeof findHierarchy>>;
    const group = `diecast-idle-${ID}`;
    expect(hostTraces(ID)).to.include(join(mountPoint, group));
    expect(read(join(mountPoint, group, "cpu.idle"))).to.equal("1\n");
    const line = version === 1 ? `^\\d+:(.+,)?cpu(,.+)?:/${group}$` : `^0::/${group}$`;
    expect(read(`/proc/${awakePid()}/cgroup`)).to.match(new RegExp(line, "m"));
    await begun.close();
    await begun.close();
    expect(hostTraces(ID)).to.deep.equal([]);
  });

  it("does without that group only where it gives way all the same", async () => {
    const { mountPoint, version } = findHierarchy("cpu") as NonNullable<ReturnType<typeof findHierarchy>>;
    const taken = join(mountPoint, `diecast-idle-${ID}`);
    mkdirSync(taken);
    try {
      awake = await keepAwake(ID);
      expect(awake !== undefined).to.equal(version === 1);
      expect(awakePid() !== undefined).to.equal(version === 1);
      expect(read(join(taken, "cgroup.procs"))).to.equal("");
      await awake?.close();
      // It is not ours.
      expect(hostTraces(ID)).to.deep.equal([taken]);
    } finally {
      rmdirSync(taken);
    }
  });

  it("pauses on processors that are threads of one core, or of which the kernel does not say", async function () {
    if (process.getuid?.() !== 0) this.skip();
    const folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    const siblings = join(folder, "siblings");
    try {
      for (const [listed, way] of [
        ["0\n", "store"],
        ["0-1\n", "pause"],
        ["0,64\n", "pause"],
        ["", "pause"],
      ] as const) {
        writeFileSync(siblings, listed);
        const script = `mount --bind "$1" ${siblingsFile("0")} && exec "$0"`;
        const child = spawn(
          "unshare",
          ["--mount", "taskset", "-c", "0", "sh", "-c", script, AWAKE, siblings],
          {
            stdio: ["pipe", "ignore", "inherit"],
          },
        );
        const ended = once(child, "exit");
        try {
          await until(() => waysOf(child.pid as number).get("0") === `awake-${way}`, `${way} for ${listed}`);
        } finally {
          child.stdin.end();
          await ended;
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("knows no other way", () => {
    for (const words of [["sleep"], ["pause", "store"]]) {
      const { status, stderr } = spawnSync(AWAKE, words, { encoding: "utf8" });
      expect(status).to.equal(1);
      expect(stderr).to.match(/^usage: /);
    }
  });

  it("still knows how much it took when it has been killed", async () => {
    const begun = await running();
    await until(() => begun.cpuNs() > 0, "processor time");
    const before = begun.cpuNs();
    process.kill(awakePid() as number, "SIGKILL");
    await until(() => awakePid() === undefined, "its end");
    expect(begun.cpuNs()).to.be.at.least(before);
  });
});
