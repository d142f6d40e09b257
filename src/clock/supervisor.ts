import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import { DieCastError } from "../errors.js";
import { LAUNCHER } from "../native.js";
import { type ControlEvent, type ExitResult, failure, parseEvent } from "./control.js";
import { ControlLine } from "./control_line.js";

/** Talks to one running diecast-launch over its control socket. Closing the socket makes it kill its tree. */
export class Supervisor {
  readonly child: ChildProcess;
  /** The command's pid. */
  readonly started: Promise<number>;
  readonly exited: Promise<ExitResult>;

  readonly #control: ControlLine<ControlEvent>;
  #result: ExitResult | undefined;
  #error: DieCastError | undefined;
  #reportStarted!: (pid: number) => void;
  #reportNotStarted!: (error: unknown) => void;

  constructor(child: ChildProcess, control: Duplex) {
    this.child = child;
    this.started = new Promise((resolve, reject) => {
      this.#reportStarted = resolve;
      this.#reportNotStarted = reject;
    });
    // Whoever does not ask when it started learns of the failure from `exited`.
    this.started.catch(() => {});
    this.#control = new ControlLine(control, {
      parse: parseEvent,
      receive: (message) => this.#handle(message),
      broken: (error) => this.fail(error as DieCastError),
    });
    this.exited = this.#ended().then(
      ([code, signal]) => this.#settle(code, signal),
      (error: NodeJS.ErrnoException) => {
        throw this.#abandon(notStarted(error, child));
      },
    );
  }

  /** Has waits already under way follow the clock's new course; resolves when they do, or when the tree has ended. */
  async kick(): Promise<void> {
    await this.#control.ask((id) => `kick ${id}`);
  }

  /** Kills the tree; `exited` is rejected with the error. */
  fail(error: DieCastError): void {
    this.#error ??= error;
    this.child.kill("SIGKILL");
  }

  // The last messages can still be on their way when the process has ended.
  async #ended(): Promise<[number | null, NodeJS.Signals | null]> {
    const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      this.child.once("exit", (code, signal) => resolve([code, signal]));
      this.child.once("error", reject);
    });
    const result = await exit;
    await this.#control.closed;
    return result;
  }

  #handle(message: ControlEvent): void {
    switch (message.event) {
      case "started":
        this.#reportStarted(message.pid);
        return;
      case "failed":
        this.#error ??= failure(message.code, message.message);
        return;
      case "kicked":
        this.#control.answered(message.id);
        return;
      case "warning":
        process.emitWarning(message.message, "DieCastWarning");
        return;
      case "exit":
        this.#result = { code: message.code, signal: message.signal, stats: message.stats };
    }
  }

  #settle(code: number | null, signal: NodeJS.Signals | null): ExitResult {
    if (this.#error !== undefined) throw this.#abandon(this.#error);
    if (this.#result !== undefined) return this.#result;
    // Killed from outside before it could tell.
    if (signal !== null) return { code: null, signal, stats: null };
    throw this.#abandon(
      new DieCastError("failed", `diecast-launch ended with exit code ${code} and no message`),
    );
  }

  #abandon(error: DieCastError): DieCastError {
    this.#control.close();
    this.#reportNotStarted(error);
    return error;
  }
}

function notStarted(error: NodeJS.ErrnoException, child: ChildProcess): DieCastError {
  if (!existsSync(LAUNCHER)) {
    return new DieCastError("not-built", `${LAUNCHER} is missing`, {
      remedy: "build it: npm run build",
      cause: error,
    });
  }
  const { spawnargs } = child;
  return new DieCastError(
    "failed",
    `cannot start ${spawnargs[0]}: ${error.message}; does the working directory exist?`,
    {
      cause: error,
    },
  );
}
