import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { type ControlEvent, failure, parseEvent } from "../../clock/control.js";
import { ControlLine } from "../../clock/control_line.js";
import { DieCastError } from "../../errors.js";
import { LAUNCHER } from "../../native.js";
import type { GuestDisk } from "./guest.js";

const CONTROL_FD = 3;

/** Longer than any process takes to die that is not stuck in the kernel. */
const KILL_PATIENCE_MS = 10_000;

/** What a guest's machine is made from; native/launch/guest_options.h. */
export interface InitOptions {
  readonly name: string;
  readonly networkNamespace: string;
  readonly root: string | undefined;
  /** A folder with files for its /etc. */
  readonly etc: string;
  readonly filesDirectory: string;
  readonly scratchBytes: number;
  readonly disks: readonly GuestDisk[];
  readonly stage: string;
}

/** The init of a guest, pid 1 in there: it is the guest. Closing it, or our end, takes everything in the guest down. */
export class GuestInit {
  readonly #child: ChildProcess;
  readonly #control: ControlLine<ControlEvent>;
  readonly #exited: Promise<unknown>;
  #pid = 0;
  #closing = false;
  #error: DieCastError | undefined;
  #reportReady!: () => void;
  #remountedAll = true;
  /** Rejected if it ends before close(). */
  readonly ended: Promise<void>;

  /** @throws DieCastError if the guest cannot be made */
  static async start(options: InitOptions): Promise<GuestInit> {
    const init = new GuestInit(options);
    const ready = new Promise<void>((resolve) => {
      init.#reportReady = resolve;
    });
    try {
      await Promise.race([ready, init.ended]);
      return init;
    } catch (error) {
      init.#control.close();
      throw error;
    }
  }

  private constructor(options: InitOptions) {
    // A session of its own: Ctrl-C is for diecast.
    this.#child = spawn(LAUNCHER, initArguments(options), {
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      detached: true,
    });
    const exited = once(this.#child, "exit");
    this.#exited = exited.catch(() => {});
    this.#control = new ControlLine(this.#child.stdio[CONTROL_FD] as Duplex, {
      parse: parseEvent,
      receive: (message) => this.#receive(message),
      broken: (error) => {
        this.#error = error as DieCastError;
      },
    });
    this.ended = this.#watch(exited);
    this.ended.catch(() => {});
  }

  /** Its pid on the host. */
  get pid(): number {
    return this.#pid;
  }

  /** Sends a signal, by its number, to every process in the guest. */
  signal(signal: number): void {
    this.#control.write(`signal ${signal}`);
  }

  /** Kills every process in the guest but itself. @throws DieCastError `failed` if one cannot be killed */
  async kill(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      const error = new DieCastError(
        "failed",
        `processes of the guest have not died after ${KILL_PATIENCE_MS / 1000} s`,
      );
      timer = setTimeout(() => reject(error), KILL_PATIENCE_MS);
    });
    try {
      await Promise.race([this.#control.ask((id) => `kill ${id}`), patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Unmounts its disks and mounts them again, so that nothing of their contents is in memory.
   * @returns whether that could be done with all: those in use have been written back, but stay in memory
   * @throws DieCastError `failed` if the guest has ended meanwhile
   */
  async remountDisks(): Promise<boolean> {
    if (!(await this.#control.ask((id) => `remount ${id}`))) await this.ended;
    return this.#remountedAll;
  }

  /** Takes the guest down; resolves when nothing is left of it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#control.close();
    await this.#exited;
  }

  #receive(message: ControlEvent): void {
    if (message.event === "ready") {
      this.#pid = message.pid;
      this.#reportReady();
    } else if (message.event === "failed") {
      this.#error = failure(message.code, message.message);
    } else if (message.event === "killed") {
      this.#control.answered(message.id);
    } else if (message.event === "remounted") {
      this.#remountedAll = message.all;
      this.#control.answered(message.id);
    }
  }

  async #watch(exited: Promise<unknown[]>): Promise<void> {
    let reason = "";
    try {
      const [code, signal] = await exited;
      // A last message may still be on its way.
      await this.#control.closed;
      reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
    } catch (cause) {
      throw new DieCastError("failed", `cannot start diecast-launch: ${(cause as Error).message}`, { cause });
    }
    if (this.#closing) return;
    throw this.#error ?? new DieCastError("failed", `the guest's init has ended (${reason})`);
  }
}

function initArguments(options: InitOptions): string[] {
  const { name, networkNamespace, root, etc, filesDirectory, scratchBytes, disks, stage } = options;
  const args = ["--guest", "--name", name, "--network", networkNamespace, "--etc", etc];
  args.push("--files", filesDirectory, "--scratch", `${scratchBytes}`, "--stage", stage);
  if (root !== undefined) args.push("--root", root);
  for (const { device, name, fileSystem, options: mountOptions, mount } of disks) {
    args.push("--disk", [device, name, fileSystem, mountOptions, mount].join(":"));
  }
  return [...args, "--control-fd", `${CONTROL_FD}`];
}
