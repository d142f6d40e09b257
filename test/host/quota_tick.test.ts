import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { RunGroups } from "../../src/host/cgroup/run_groups.js";
import { type QuotaTick, startQuotaTick } from "../../src/host/quota_tick.js";
import { parseAllowedCpus } from "../../src/metrics/host_usage.js";
import { TICK } from "../../src/native.js";
import { processes } from "../launch/tree.js";

const PERIOD_US = 50_000n;
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
  let tick: QuotaTick | undefined;
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
    expect(tick).not.to.equal(undefined);
    const run = new RunGroups(`test-tick-${process.pid}`, () => {});
    try {
      const groups = run.add("busy", {
        bandwidth: { periodUs: PERIOD_US, quotaUs: 1000n },
        memoryBytes: undefined,
        processes: 5,
      });
      busy = spawn("bash", ["-c", "echo; while :; do :; done"], { stdio: ["ignore", "pipe", "ignore"] });
      await once(busy.stdout as NodeJS.ReadableStream, "data");
      for (const directory of groups.directories)
        writeFileSync(join(directory, "cgroup.procs"), `${busy.pid}`);
      const begin = groups.usage();
      await sleep(3000);
      const end = groups.usage();
      const throttled = (end.throttledPeriods - begin.throttledPeriods) / (end.periods - begin.periods);
      // A turn that lasted till the kernel's tick was paid for with the next one to three periods, in which there was none: 0.4.
      expect(throttled).to.be.above(0.85);
      busy.kill("SIGKILL");
      await once(busy, "exit");
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
    const script = `console.log(await (await import("${module}")).startQuotaTick());`;
    const started = spawnSync("setpriv", [...HUMBLE, process.execPath, "--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(started.stdout, started.stderr).to.equal("undefined\n");
  });
});
