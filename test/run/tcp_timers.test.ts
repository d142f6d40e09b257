import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { buildC } from "../guests/build.js";
import { Experiment, type LiveRun } from "./experiment.js";

const GUEST = { machine: "m", exit: 0 };
const SERVER = "getent ahostsv4 server | head -1 | cut -d' ' -f1";
const LINK = { to: "s", latency: "5ms" };

/** SYNs of one guest are lost, SYN-ACKs of another; a third looks at acknowledgements on its own loopback. */
function document(seconds: number): object {
  return {
    machines: { m: {} },
    guests: {
      caller: { ...GUEST, run: ["sh", "-c", `./tcp_timers syn $(${SERVER}) 80 ${seconds}`] },
      server: { ...GUEST, run: ["./tcp_timers", "synack", "80", `${seconds}`], ready: { log: "listening" } },
      knocker: {
        ...GUEST,
        run: ["sh", "-c", `./tcp_timers knock $(${SERVER}) 80`],
        after: ["server"],
      },
      acknowledger: { ...GUEST, run: ["./tcp_timers", "delack"] },
    },
    network: {
      switches: ["s"],
      links: [
        { from: "caller", ...LINK, loss: "100%", reverse: { loss: 0 } },
        { from: "server", ...LINK, loss: "100%", reverse: { loss: 0 } },
        { from: "knocker", ...LINK },
        { from: "acknowledger", ...LINK },
      ],
    },
    phases: { warmup: 0, measure: `${seconds + 0.5}s` },
  };
}

/** The kernel's timer wheel may be up to an eighth late (kernel/time/timer.c), the host some more. */
function expectTimes(found: readonly number[], wanted: readonly number[], run: LiveRun): void {
  expect(found, run.said).to.have.length.at.least(wanted.length);
  wanted.forEach((seconds, i) => {
    expect(found[i], `${found} s, ${run.said}`).to.be.within(seconds * 0.99, seconds * 1.13 + 0.03);
  });
}

function numbers(run: LiveRun, guest: string): number[] {
  return run.output(guest).trim().split("\n").filter(Boolean).map(Number);
}

describe("the kernel's TCP timers in guests", function () {
  this.timeout(180_000);
  let experiment: Experiment;
  afterEach(async function () {
    await experiment.clear(this.currentTest?.state === "failed");
  });

  async function runAt(tdf: string, seconds: number, ...args: string[]): Promise<LiveRun> {
    experiment = new Experiment(document(seconds));
    copyFileSync(await buildC("tcp_timers"), join(experiment.folder, "experiment", "tcp_timers"));
    const run = await experiment.run("--tdf", tdf, ...args);
    // 1: packets were late, which timers of a second do not mind.
    expect(run.code, run.said).to.be.oneOf([0, 1]);
    return run;
  }

  it("resend a SYN and a SYN-ACK after one virtual second for the first time", async () => {
    const run = await runAt("4", 3.6);
    // Linux 6.5 and later resend a SYN some times before they double the timeout (tcp_syn_linear_timeouts).
    const syn = numbers(run, "caller");
    expectTimes(syn, (syn[2] ?? 0) < 2.5 ? [0, 1, 2, 3] : [0, 1, 3], run);
    expectTimes(numbers(run, "server"), [0, 1, 3], run);
    expect(run.stderr).to.not.contain("timers run in real time");
  });

  it("are the kernel's own where the experiment wants them so", async () => {
    const run = await runAt("4", 0.9, "--set", "network.tcpTimers=kernel");
    expectTimes(numbers(run, "caller").slice(0, 2), [0, 0.25], run);
    expectTimes(numbers(run, "server").slice(0, 2), [0, 0.25], run);
    expect(run.stderr).to.contain(
      "timers run in real time (docs/fidelity.md): all of them (network.tcpTimers: kernel)",
    );
  });

  it("delay an acknowledgement below TDF 1 as long as at TDF 1", async () => {
    const run = await runAt("1/2", 0.9);
    const waits = numbers(run, "acknowledger").sort((a, b) => a - b);
    // 80 ms if it were real time.
    expect(waits[4], run.said).to.be.within(0.038, 0.06);
  });
});
