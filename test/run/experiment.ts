import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Fidelity } from "../../src/run/fidelity.js";
import type { RunRecord } from "../../src/run/record.js";
import { DIECAST } from "../paths.js";

/** What experiments of two guests, a and b, have in common. */
export const TWO_GUESTS = {
  machines: { small: { cpu: 0.2, memory: "64MiB", nic: { bandwidth: "10Mbit/s" } } },
  network: {
    switches: { s: {} },
    links: [
      { from: "a", to: "s", latency: "10ms" },
      { from: "b", to: "s", latency: "10ms" },
    ],
  },
  phases: { warmup: "0.3s", measure: "1s" },
};

/** A folder with an experiment, and its runs. Keep it with DIECAST_KEEP=1. */
export class Experiment {
  readonly folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
  readonly #running = new Set<LiveRun>();
  #runs = 0;

  /** @param document the experiment, as JSON, which is YAML */
  constructor(document: object, files: Readonly<Record<string, string>> = {}) {
    const folder = join(this.folder, "experiment");
    mkdirSync(folder);
    writeFileSync(join(folder, "experiment.yaml"), JSON.stringify({ name: "test", ...document }, null, 1));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  /** Starts `diecast run` on it. */
  start(...args: string[]): LiveRun {
    return this.#start("run", join(this.folder, "experiment"), args);
  }

  /** Runs it to its end. */
  async run(...args: string[]): Promise<LiveRun> {
    const run = this.start(...args);
    await run.ended;
    return run;
  }

  /** Runs it to its end; up to three times where the host did not keep up, of which a test that is about something else says nothing. */
  async runUndisturbed(...args: string[]): Promise<LiveRun> {
    for (let left = 2; ; left--) {
      const run = await this.run(...args);
      if (left === 0 || !run.isUntrustworthy) return run;
    }
  }

  /** Replays one to its end. */
  async replay(recorded: LiveRun, ...args: string[]): Promise<LiveRun> {
    const run = this.#start("replay", recorded.directory, args);
    await run.ended;
    return run;
  }

  #start(command: string, what: string, args: readonly string[]): LiveRun {
    const out = join(this.folder, `run${++this.#runs}`);
    const run = new LiveRun([command, what, "--out", out, ...args], out);
    this.#running.add(run);
    return run;
  }

  /** Ends what still runs and removes the folder. For afterEach. */
  async clear(failed: boolean): Promise<void> {
    for (const run of this.#running) {
      run.child.kill("SIGKILL");
      await run.ended;
      if (failed) process.stderr.write(`    ${run.command}\n${run.stderr}`);
    }
    if (!process.env.DIECAST_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One `diecast run`. */
export class LiveRun {
  readonly child: ChildProcess;
  readonly command: string;
  readonly ended: Promise<void>;
  stdout = "";
  stderr = "";
  code: number | null = null;

  constructor(
    args: readonly string[],
    readonly directory: string,
  ) {
    this.command = [DIECAST, ...args].join(" ");
    this.child = spawn(DIECAST, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      this.stdout += piece;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
      this.stderr += piece;
    });
    this.ended = once(this.child, "close").then(([code]) => {
      this.code = code as number | null;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get record(): RunRecord {
    return this.json("run.json") as RunRecord;
  }

  json(file: string): unknown {
    return JSON.parse(readFileSync(join(this.directory, file), "utf8"));
  }

  /** Whether it completed, and its own verdict is that it cannot be trusted. */
  get isUntrustworthy(): boolean {
    const fidelity = join(this.directory, "fidelity.json");
    if (this.record.outcome !== "completed" || !existsSync(fidelity)) return false;
    return (this.json("fidelity.json") as Fidelity).verdict === "not trustworthy";
  }

  /** Replaces fields of one of its files. */
  change(file: string, fields: object): void {
    const changed = { ...(this.json(file) as object), ...fields };
    writeFileSync(join(this.directory, file), JSON.stringify(changed));
  }

  text(...path: string[]): string {
    return readFileSync(join(this.directory, ...path), "utf8");
  }

  output(guest: string): string {
    return this.text("guests", guest, "stdout.log");
  }

  /** Everything it said, for a message. */
  get said(): string {
    return `${this.command}\nexit code ${this.code}\n${this.stdout}${this.stderr}`;
  }
}
