import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type DilatedProcess, spawn } from "../../src/index.js";
import { buildC } from "../guests/build.js";
import { parseLine, type Run, run as runProgram } from "../guests/run.js";
import { type Fault, faultsOf } from "../guests/verdict.js";

const ATTEMPTS = 3;

interface Scenario {
  readonly title: string;
  readonly tdf: number;
  /** How long every wait of the guest lasts, in its own time: until after the changes. */
  readonly waitMs: number;
  /** Changes the course of time; begins when all threads of the guest are about to wait. */
  readonly change: (guest: DilatedProcess) => Promise<void>;
  /** Real milliseconds that the waits take then. */
  readonly realMs: number;
  /** The TDF at the end: the host's delays are divided by it. */
  readonly tdfAtEnd: number;
}

const scenarios: Scenario[] = [
  {
    title: "speeds up",
    tdf: 10,
    waitMs: 400,
    change: async ({ clock }) => {
      await sleep(1000);
      await clock.setRate(2);
    },
    realMs: 1000 + 300 * 2,
    tdfAtEnd: 2,
  },
  {
    title: "slows down",
    tdf: 1,
    waitMs: 400,
    change: async ({ clock }) => {
      await sleep(300);
      await clock.setRate(10);
    },
    realMs: 300 + 100 * 10,
    tdfAtEnd: 10,
  },
  {
    title: "stands still for a while",
    tdf: 2,
    waitMs: 400,
    change: async ({ clock }) => {
      await sleep(300);
      await clock.freeze();
      await sleep(1200);
      await clock.resume();
    },
    realMs: 800 + 1200,
    tdfAtEnd: 2,
  },
  {
    title: "changes its course many times",
    tdf: 5,
    waitMs: 1500,
    change: async ({ clock }) => {
      const rates = [3, 8, "1/2", 4, 20, 2];
      for (let i = 0; i < 60; i++) {
        if (i % 7 === 0) await clock.freeze();
        await clock.setRate(rates[i % rates.length] as number | string);
        await sleep(5);
        if (i % 7 === 0) await clock.resume();
      }
    },
    realMs: Number.NaN,
    tdfAtEnd: 2,
  },
];

/** Lines that are not results: when the guest began and ended, and its pid. */
function isFrame(name: string): boolean {
  return name === "" || name === "begin" || name === "end" || name === "ready";
}

/** Runs the guest through a scenario: what it perceived, and what could be seen from outside. */
async function perform(scenario: Scenario, native: Run): Promise<{ faults: Fault[]; run: Run }> {
  const program = await buildC("long_waits");
  const args = [`--wait=${scenario.waitMs}`];
  const guest = spawn(program, args, { tdf: scenario.tdf, stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => guest.kill("SIGKILL"), 20_000);
  try {
    let stdout = "";
    const ready = new Promise<void>((resolve, reject) => {
      guest.stdout?.setEncoding("utf8").on("data", (piece: string) => {
        stdout += piece;
        if (stdout.includes("ready pid=")) resolve();
      });
      guest.exited.then(() => reject(new Error(`the guest ended before it was ready: ${stdout}`)), reject);
    });
    await ready;
    const begin = guest.clock.now();
    await scenario.change(guest);
    const { code, signal } = await guest.exited;
    const end = guest.clock.now();
    const lines = stdout.split("\n").map((line) => parseLine(line, 0));
    const run: Run = {
      command: `the scenario "${scenario.title}" with ${program} ${args.join(" ")}`,
      tdf: scenario.tdfAtEnd,
      lines: lines.filter((line) => !isFrame(line.name)),
      stdout,
      stderr: "",
      code,
      signal: signal ?? null,
      timedOut: false,
      realMs: Number(end.realNs - begin.realNs) / 1e6,
      directory: "",
    };
    return { faults: [...faultsOf(run, native), ...outside(scenario, run)], run };
  } finally {
    clearTimeout(timer);
    guest.kill("SIGKILL");
  }
}

/** From outside: as much real time as the scenario's rates make of it, and the ends of two processes. */
function outside(scenario: Scenario, run: Run): Fault[] {
  if (Number.isNaN(scenario.realMs)) return [];
  const [least, most] = [scenario.realMs * 0.95 - 30, scenario.realMs * 1.1 + 200];
  if (run.realMs >= least && run.realMs <= most) return [];
  const text = `real time: expected ${scenario.realMs} ms, measured ${run.realMs.toFixed(0)} ms, accepted ${least} to ${most} ms`;
  return [{ text, lateness: run.realMs > most }];
}

describe("when time changes its course, waits under way end at the right virtual moment", function () {
  this.timeout(100_000);
  // A kernel timer that is due by the old rate before the change has resolved fires by it (docs/fidelity.md); on a busy
  // host that can take long.
  this.retries(2);
  let native: Run;

  before(async () => {
    const done = await runProgram(await buildC("long_waits"), ["--wait=100"]);
    native = { ...done, lines: done.lines.filter((line) => !isFrame(line.name)) };
  });

  for (const scenario of scenarios) {
    it(`as it ${scenario.title}`, async () => {
      let { faults, run } = await perform(scenario, native);
      for (
        let attempt = 1;
        attempt < ATTEMPTS && faults.length > 0 && faults.every((fault) => fault.lateness);
        attempt++
      )
        ({ faults, run } = await perform(scenario, native));
      expect(
        faults.map((fault) => fault.text),
        `${run.command}: npx mocha dist/test/clock/rate_change.test.js -g "as it ${scenario.title}"`,
      ).to.deep.equal([]);
    });
  }
});
