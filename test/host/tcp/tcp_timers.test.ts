import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { cleanDeadRuns } from "../../../src/host/state/clean.js";
import { RunPlace } from "../../../src/host/state/run_place.js";
import { keepTimers } from "../../../src/host/tcp/tcp_timers.js";
import { parseTdf } from "../../../src/scale/tdf.js";
import { buildC } from "../../guests/build.js";
import { until } from "../../launch/tree.js";

const VICTIM = fileURLToPath(new URL("victim.js", import.meta.url));

interface Victim {
  readonly directory: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly unscaled: readonly string[];
}

let query: string;

/** How many sock_ops programs a group has. */
function attached(directory: string): number {
  return Number(execFileSync(query, [directory], { encoding: "utf8" }));
}

describe("the timers that the kernel keeps for guests", () => {
  const id = `test-tcp-${process.pid}`;
  const tdf = (value: number | string) => parseTdf(value, "tdf");
  let place: RunPlace;
  let victim: ChildProcess | undefined;

  before(async () => {
    query = await buildC("attached_programs");
  });
  beforeEach(() => {
    place = RunPlace.use(id);
  });
  afterEach(() => {
    victim?.kill("SIGKILL");
    victim = undefined;
    place.release();
  });

  for (const factor of [10, "1/10"]) {
    it(`are scaled by a program for all the run's sockets until they are closed (TDF ${factor})`, () => {
      const directory = place.groups.socketDirectory;
      expect(attached(directory)).to.equal(0);
      const timers = keepTimers(id, tdf(factor), true);
      expect(attached(directory)).to.equal(1);
      if (factor === 10) expect(timers.sysctls).to.include({ "ipv4/tcp_syn_retries": "12" });
      expect(timers.unscaled([])).to.deep.equal([]);
      timers.close();
      timers.close();
      expect(attached(directory)).to.equal(0);
    });
  }

  it("are left alone at TDF 1, and where they are to be the kernel's own", () => {
    for (const [factor, scaled] of [
      [1, true],
      [10, false],
    ] as const) {
      const timers = keepTimers(id, tdf(factor), scaled);
      expect(attached(place.groups.socketDirectory)).to.equal(0);
      expect(timers.sysctls).to.include({ "ipv4/tcp_fin_timeout": "60", "ipv4/tcp_retries2": "15" });
      expect(timers.unscaled([])).to.have.length(scaled ? 0 : 1);
      timers.close();
    }
  });

  it("report what the kernel refuses or cuts short, but no setting that it can do without", () => {
    const timers = keepTimers(id, tdf(200), true);
    const skipped = ["ipv4/tcp_rto_min_us: No such file or directory", "ipv4/x: Invalid argument"];
    expect(timers.unscaled(skipped)).to.deep.equal([
      "first timeout of SYN and SYN-ACK: the kernel waits 120 real seconds at most",
      "ipv4/x: Invalid argument",
    ]);
    timers.close();
    const fast = keepTimers(id, tdf("1/2"), true);
    const missing = "ipv4/tcp_rto_max_ms: No such file or directory";
    expect(fast.unscaled([...skipped, missing])).to.include(missing);
    fast.close();
  });

  it("go with the process that wanted them, killed by SIGKILL", async () => {
    const { directory, unscaled } = await start(process.execPath, [VICTIM, `${id}-victim`]);
    expect(unscaled).to.deep.equal([]);
    expect(attached(directory)).to.equal(1);
    victim?.kill("SIGKILL");
    await until(() => attached(directory) === 0, "the program's end", 2000);
    expect(cleanDeadRuns().cgroups).to.include(directory);
  });

  it("are reported as unscaled, with the kernel's answer, without the right to load programs", async () => {
    const { unscaled, sysctls } = await start("setpriv", [
      "--bounding-set=-bpf,-sys_admin",
      process.execPath,
      VICTIM,
      `${id}-victim`,
    ]);
    expect(unscaled).to.have.length(1);
    expect(unscaled[0]).to.match(/^first timeout of SYN and SYN-ACK: bpf: .*: Operation not permitted$/);
    // Of a SYN that is sent again after one real second.
    expect(sysctls).to.include({ "ipv4/tcp_syn_retries": "16" });
    victim?.kill("SIGKILL");
    await once(victim as ChildProcess, "exit");
    cleanDeadRuns();
  });

  async function start(command: string, args: readonly string[]): Promise<Victim> {
    victim = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(victim.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return JSON.parse(`${line}`);
  }
});
