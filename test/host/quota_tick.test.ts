import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { RunGroups } from "../../src/host/cgroup/run_groups.js";
import type { Helper } from "../../src/host/helper.js";
import { startQuotaTick } from "../../src/host/quota_tick.js";
import { parseAllowedCpus } from "../../src/metrics/host_usage.js";
import { TICK } from "../../src/native.js";
import { processes } from "../launch/tree.js";

const PERIOD_US = 50_000n;
/** Is busy for 3 s when it has read a line, and says how long its turns on a processor were in the mean, in ms. */
const TURNS = `
console.log("busy");
require("fs").readSync(0, Buffer.alloc(1));
let [turn, last, turns, sum] = [performance.now(), performance.now(), 0, 0];
for (const end = last + 3000; last < end; ) {
  const now = performance.now();
  // Nothing else keeps it from reading the clock for so long.
  if (now - last > 5) {
    sum += last - turn;
    turns++;
    turn = now;
  }
  last = now;
}
console.log(sum / turns);`;
const SCHED_FIFO = "1";
/** A program that may do all that root may, but not take a real-time priority. */
const HUMBLE = ["--bounding-set=-sys_nice", "--inh-caps=-sys_nice"];

/** Scheduling classes (proc(5), field 41 of stat) and processors of a process' threads. */
function threadsOf(pid: number): { policy: string | undefined; processors: string }[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "latin1");
    return {
      policy: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38],
      processors: [...parseAllowedCpus(status)].join(),
    };
  });
}

describe("a tick for quotas", function () {
  this.timeout(30_000);
  let tick: Helper | undefined;
  let busy: ChildProcess | undefined;
  afterEach(async () => {
    busy?.kill("SIGKILL");
    await tick?.close();
  });

  const own = () =>
    processes().find(({ parent, commandLine }) => parent === process.pid && /diecast-tick/.test(commandLine))
      ?.pid;

  it("ends a turn with its quota, in each period", async () => {
    tick = await startQuotaTick();
    const run = new RunGroups(`test-tick-${process.pid}`, () => {});
    try {
      const groups = run.add("busy", {
        bandwidth: { periodUs: PERIOD_US, quotaUs: 1000n },
        memoryBytes: undefined,
        processes: 5,
      });
      busy = spawn(process.execPath, ["-e", TURNS], { stdio: ["pipe", "pipe", "inherit"] });
      const said = text(busy.stdout as Readable);
      await once(busy.stdout as Readable, "data");
      for (const directory of groups.directories)
        writeFileSync(join(directory, "cgroup.procs"), `${busy.pid}`);
      busy.stdin?.end("\n");
      const meanMs = Number((await said).trim().split("\n").at(-1));
      // To the kernel's tick, at 250 Hz, it would be 1.7 to 2.8.
      expect(meanMs).to.be.within(0.3, 1.4);
      await groups.remove();
    } finally {
      run.remove();
    }
  });

  it("is on every processor, before whatever runs there", async () => {
    tick = await startQuotaTick();
    const threads = threadsOf(own() as number);
    expect(new Set(threads.map(({ policy }) => policy))).to.deep.equal(new Set([SCHED_FIFO]));
    const each = [...parseAllowedCpus(readFileSync("/proc/self/status", "latin1"))].map(String);
    expect(threads.map(({ processors }) => processors)).to.include.members(each);
  });

  it("is gone with its close, which may be repeated", async () => {
    tick = await startQuotaTick();
    const pid = own();
    expect(pid).to.be.a("number");
    await tick?.close();
    await tick?.close();
    expect(existsSync(`/proc/${pid}`)).to.equal(false);
  });

  it("ends with who started it, however that ends", () => {
    const { status } = spawnSync(TICK, { stdio: ["ignore", "ignore", "ignore"], timeout: 10_000 });
    expect(status).to.equal(0);
  });

  it("is not to be had where real-time priorities are not", () => {
    const alone = spawnSync("setpriv", [...HUMBLE, TICK], { encoding: "utf8", timeout: 10_000 });
    expect([alone.status, alone.stderr]).to.deep.equal([
      1,
      "diecast-tick: SCHED_FIFO: Operation not permitted\n",
    ]);
    const module = new URL("../../src/host/quota_tick.js", import.meta.url).href;
    const script = `await (await import("${module}")).startQuotaTick().catch(({ message }) => console.log(message));`;
    const started = spawnSync("setpriv", [...HUMBLE, process.execPath, "--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(started.stdout, started.stderr).to.equal("diecast-tick: SCHED_FIFO: Operation not permitted\n");
  });
});
