import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync } from "node:fs";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock/clock.js";
import { type ControlEvent, failure, parseEvent } from "../../clock/control.js";
import { ControlLine } from "../../clock/control_line.js";
import type { DieCastError } from "../../errors.js";
import { LAUNCHER } from "../../native.js";
import type { GuestExit } from "./guest.js";

/** How a command runs in a guest. */
export interface JoinPlan {
  /** Options of diecast-launch, up to where the descriptors are named. */
  readonly args: readonly string[];
  /** Its time; undefined: real time. */
  readonly clock: Clock | undefined;
  /** Files on the host that its output is appended to. */
  readonly stdout: string;
  readonly stderr: string;
}

const OWN_FAILURE = 125;
const KILLED: GuestExit = { code: null, signal: "SIGKILL" };

/** A command in a guest, and what it has started: its diecast-launch. It ends with this process, however that ends. */
export class JoinedProgram {
  /** Resolves when it runs, or waits at its gate; rejected if it cannot be run. */
  readonly ready: Promise<void>;
  /** How the command ended. What could not be run counts as 126 or 127, as in a shell. Never rejected. */
  readonly exited: Promise<GuestExit>;
  /** Settles when nothing is left of what it has started. Never rejected. */
  readonly gone: Promise<void>;
  readonly #stderr: string;
  readonly #clock: Clock | undefined;
  readonly #control: ControlLine<ControlEvent>;
  /** It waits for the next change of the clock. */
  #atGate = false;
  #reportReady!: () => void;
  #reportFailure!: (error: DieCastError) => void;
  #reportExit!: (exit: GuestExit) => void;

  constructor(command: readonly string[], plan: JoinPlan) {
    this.#stderr = plan.stderr;
    this.#clock = plan.clock;
    this.ready = new Promise((resolve, reject) => {
      this.#reportReady = resolve;
      this.#reportFailure = reject;
    });
    this.ready.catch(() => {});
    this.exited = new Promise((resolve) => {
      this.#reportExit = resolve;
    });
    const child = start(command, plan);
    const ended = once(child, "exit").catch((cause: Error) => {
      this.#fail(OWN_FAILURE, `cannot start diecast-launch: ${cause.message}`);
    });
    this.#control = new ControlLine(child.stdio.at(-1) as Duplex, {
      parse: parseEvent,
      receive: (message) => this.#receive(message),
      // The tree ends with the line, and is then reported as killed.
      broken: (error) => process.emitWarning(error.message, "DieCastWarning"),
    });
    this.gone = this.#watch(ended);
  }

  /** Has waits already under way follow the clock's new course. */
  async kick(): Promise<void> {
    // At its gate it has none. With a thousand programs released at once, looking for them would hold up all.
    const atGate = this.#atGate;
    this.#atGate = false;
    if (!atGate) await this.#control.ask((id) => `kick ${id}`);
  }

  /** Sends the command a signal, by its number; without effect once it has ended. */
  signal(signal: number): void {
    this.#control.write(`signal ${signal}`);
  }

  #receive(message: ControlEvent): void {
    switch (message.event) {
      case "waiting":
        this.#atGate = this.#clock?.frozen ?? false;
        this.#reportReady();
        return;
      case "started":
        this.#atGate = false;
        this.#reportReady();
        return;
      case "failed":
        this.#fail(message.code, message.message);
        return;
      case "kicked":
        this.#control.answered(message.id);
        return;
      case "warning":
        process.emitWarning(message.message, "DieCastWarning");
        return;
      case "exit":
        this.#reportReady();
        this.#reportExit({ code: message.code, signal: message.signal });
    }
  }

  // Who reads the guest's output is to find the reason there, too.
  #fail(code: number, message: string): void {
    try {
      appendFileSync(this.#stderr, `diecast: ${message}\n`);
    } catch {
      // Its folder may be gone.
    }
    this.#reportFailure(failure(code, message));
    this.#reportExit({ code, signal: null, notRun: message });
  }

  async #watch(ended: Promise<unknown>): Promise<void> {
    await ended;
    await this.#control.closed;
    // Where everything in a guest is killed at once, nobody is left to tell.
    this.#reportReady();
    this.#reportExit(KILLED);
  }
}

function start(command: readonly string[], plan: JoinPlan): ChildProcess {
  const stdout = openSync(plan.stdout, "a");
  const stderr = openSync(plan.stderr, "a");
  const standard = ["ignore", stdout, stderr] as const;
  const descriptors =
    plan.clock === undefined ? ["--control-fd", "3"] : ["--clock-fd", "3", "--control-fd", "4"];
  try {
    // A session of its own: Ctrl-C is for diecast.
    return spawn(LAUNCHER, [...plan.args, ...descriptors, "--", ...command], {
      cwd: "/",
      // The guest's own variables are among the arguments: LD_PRELOAD and its like would take effect out here.
      env: {},
      stdio: plan.clock === undefined ? [...standard, "pipe"] : [...standard, plan.clock.fd, "pipe"],
      detached: true,
    });
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}
