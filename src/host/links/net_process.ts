import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlLine } from "../../clock/control_line.js";
import { DieCastError } from "../../errors.js";
import { LINK_CORE } from "../../native.js";
import { type NetEvent, parseNetEvent } from "./protocol.js";

// Descriptors of diecast-net behind the standard three.
const CLOCK_FD = 3;
const CONTROL_FD = 4;
// After which a process that does not end by itself is killed.
const PATIENCE_MS = 30_000;
const END_TELLS_MS = 200;

/** What a message of diecast-net means is its owner's business, but for failures, warnings and answers. */
type Listener = (message: Exclude<NetEvent, { event: "failed" | "warning" | "done" }>) => void;

/** diecast-net, as the emulation of links or as the holder of namespaces. It ends when its control socket does. */
export class NetProcess {
  /** Rejected, with the reason, if it ends without close(). */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #control: ControlLine<NetEvent>;
  readonly #gone: Promise<void>;
  readonly #listen: Listener;
  #failure: DieCastError | undefined;
  #closing: Promise<void> | undefined;

  /** @param clockFd of the clock that the links keep to; undefined: it is to hold namespaces only */
  constructor(clockFd: number | undefined, listen: Listener) {
    this.#listen = listen;
    this.#child = spawn(LINK_CORE, [clockFd === undefined ? "--hold" : `${CLOCK_FD}`, `${CONTROL_FD}`], {
      stdio: ["ignore", "ignore", "inherit", clockFd ?? "ignore", "pipe"],
    });
    this.#control = new ControlLine(this.#child.stdio[CONTROL_FD] as Duplex, {
      parse: parseNetEvent,
      receive: (message) => this.#handle(message),
      broken: (error) => {
        this.#failure ??= error as DieCastError;
        this.#child.kill("SIGKILL");
      },
    });
    this.#gone = this.#untilGone();
    this.ended = this.#gone.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
    });
    // Whoever does not watch it learns of it from the next request.
    this.ended.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** A path by which other processes reach what one of its descriptors is open on. */
  descriptorPath(descriptor: number): string {
    return `/proc/${this.pid}/fd/${descriptor}`;
  }

  write(...lines: readonly string[]): void {
    this.#control.write(...lines);
  }

  /**
   * Waits for what it says once it is set up.
   * @throws DieCastError why it never will say it
   */
  async orEnded<T>(said: Promise<T>): Promise<T> {
    return Promise.race([
      said,
      this.ended.then(() => {
        throw new DieCastError("aborted", "the links were closed while being set up");
      }),
    ]);
  }

  /** Sends a request; whether it has been done before the process ended. */
  tell(line: (id: number) => string): Promise<boolean> {
    return this.#control.ask(line);
  }

  /**
   * Sends a request and waits until it is done.
   * @throws DieCastError why it was not
   */
  async ask(line: (id: number) => string): Promise<void> {
    if (await this.tell(line)) return;
    // Why, is known when it is gone.
    await this.#gone;
    throw this.#failure ?? linksClosed();
  }

  /** What is behind an error that may have come of its end: the reason of that, if it has ended. */
  async reasonFor(error: unknown): Promise<unknown> {
    // The kernel tells of its end a little after its descriptors are gone.
    const patience = new AbortController();
    const tooLong = sleep(END_TELLS_MS, true, { signal: patience.signal }).catch(() => true);
    const goesOn = await Promise.race([this.#gone.then(() => false), tooLong]);
    patience.abort();
    return goesOn ? error : (this.#failure ?? linksClosed());
  }

  /** Safe to repeat. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#control.close();
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await this.#gone;
    clearTimeout(impatience);
  }

  // Its last words may still be on their way when it has ended.
  async #untilGone(): Promise<void> {
    const how = await new Promise<string | DieCastError>((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#child.once("error", (cause) => resolve(notStarted(cause)));
    });
    if (how instanceof DieCastError) this.#control.close();
    await this.#control.closed;
    const ended =
      how instanceof DieCastError
        ? how
        : new DieCastError("failed", `the link emulation (diecast-net) ended with ${how}`);
    if (this.#closing === undefined) this.#failure ??= ended;
  }

  #handle(message: NetEvent): void {
    switch (message.event) {
      case "failed": {
        const details = message.remedy === null ? {} : { remedy: message.remedy };
        this.#failure ??= new DieCastError(message.code, message.message, details);
        return;
      }
      case "warning":
        process.emitWarning(message.message, "DieCastWarning");
        return;
      case "done":
        this.#control.answered(message.id);
        return;
      default:
        this.#listen(message);
    }
  }
}

export function linksClosed(): DieCastError {
  return new DieCastError("failed", "the links are closed");
}

function notStarted(cause: Error): DieCastError {
  if (!existsSync(LINK_CORE)) {
    return new DieCastError("not-built", `${LINK_CORE} is missing`, {
      remedy: "build it: npm run build",
      cause,
    });
  }
  return new DieCastError("failed", `cannot start ${LINK_CORE}: ${cause.message}`, { cause });
}
