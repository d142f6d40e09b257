import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlLine } from "../../clock/control_line.js";
import { DieCastError } from "../../errors.js";
import { BLOCK_SERVER } from "../../native.js";
import type { DiskBackend, DiskBackendCounters, DiskBackendOptions } from "./backend.js";
import { decodeDiskCounters, diskCountersBytes } from "./counters.js";
import { type BlockEvent, diskLines, parseBlockEvent } from "./protocol.js";

// Descriptors of diecast-block behind the standard three.
const CLOCK_FD = 3;
const CONTROL_FD = 4;

/** After which devices that are still in use are taken away from their users. */
const FINISH_PATIENCE_MS = 5_000;
/** After which a process that does not end by itself is killed. */
const PATIENCE_MS = 10_000;

type Ready = Extract<BlockEvent, { event: "ready" }>;

/**
 * Makes the disks of a run, served by a process of their own (native/block): each is a file that this process provides by
 * FUSE, and a loop device over it. All of it is gone once that process and the devices' users are, however they end.
 * @throws DieCastError `permission` or `unsupported`, with a remedy; `not-built`; `failed`
 */
export async function createBlockDisks(options: DiskBackendOptions): Promise<DiskBackend & { pid: number }> {
  const server = new BlockServer(options);
  try {
    await server.setUp(options);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class BlockServer implements DiskBackend {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #control: ControlLine<BlockEvent>;
  readonly #disks: number;
  readonly #broken: DiskBackendOptions["broken"];
  readonly #detach: () => void;
  readonly #gone: Promise<void>;
  #ready: Ready | undefined;
  #reportReady: (ready: Ready) => void = () => {};
  #counters: FileHandle | undefined;
  #failure: DieCastError | undefined;
  #closing: Promise<void> | undefined;

  constructor({ disks, clock, broken }: DiskBackendOptions) {
    this.#disks = disks.length;
    this.#broken = broken;
    this.#child = spawn(BLOCK_SERVER, [`${CLOCK_FD}`, `${CONTROL_FD}`], {
      cwd: "/",
      stdio: ["ignore", "ignore", "inherit", clock.fd, "pipe"],
    });
    this.#control = new ControlLine(this.#child.stdio[CONTROL_FD] as Duplex, {
      parse: parseBlockEvent,
      receive: (message) => this.#handle(message),
      broken: (error) => {
        this.#failure ??= error as DieCastError;
        this.#child.kill("SIGKILL");
      },
    });
    this.#detach = clock.attach(async () => {
      await this.#control.ask((id) => `kick ${id}`);
    });
    this.#gone = this.#untilGone();
    this.ended = this.#gone.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
    });
    // Whoever does not watch it learns of it from the next call.
    this.ended.catch(() => {});
  }

  async setUp({ disks, directory }: DiskBackendOptions): Promise<void> {
    const ready = new Promise<Ready>((resolve) => {
      this.#reportReady = resolve;
    });
    this.#control.write(...diskLines(disks, directory));
    this.#ready = await Promise.race([
      ready,
      this.ended.then(() => {
        throw new DieCastError("aborted", "the disks were closed while being set up");
      }),
    ]);
    this.#counters = await open(`/proc/${this.pid}/fd/${this.#ready.counters}`, "r");
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get devices(): readonly string[] {
    return this.#ready?.devices ?? [];
  }

  bypass(on: boolean): Promise<void> {
    return this.#ask((id) => `bypass ${id} ${Number(on)}`);
  }

  async counters(): Promise<DiskBackendCounters> {
    await this.#ask((id) => `counters ${id}`);
    const file = this.#counters;
    if (file === undefined) throw this.#closed();
    const memory = Buffer.alloc(diskCountersBytes(this.#disks));
    const { bytesRead } = await file.read(memory, 0, memory.length, 0);
    return decodeDiskCounters(memory.subarray(0, bytesRead), this.#disks);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    if (this.#ready !== undefined) await this.#letGo();
    this.#control.close();
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await this.#gone;
    clearTimeout(impatience);
    await this.#counters?.close();
  }

  // The kernel unmounts a guest's file systems a little after the guest has gone, and writes what they still hold.
  async #letGo(): Promise<void> {
    const patience = new AbortController();
    const finished = this.#control
      .ask((id) => `bypass ${id} 1`)
      .then(() => this.#control.ask((id) => `finish ${id}`));
    const tired = sleep(FINISH_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([finished, tired]);
    patience.abort();
  }

  // Its last words may still be on their way when it has ended.
  async #untilGone(): Promise<void> {
    const how = await new Promise<string | DieCastError>((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#child.once("error", (cause) => resolve(notStarted(cause)));
    });
    if (how instanceof DieCastError) this.#control.close();
    await this.#control.closed;
    this.#detach();
    const ended =
      how instanceof DieCastError
        ? how
        : new DieCastError("failed", `the guests' disks (diecast-block) ended with ${how}`);
    if (this.#closing === undefined) this.#failure ??= ended;
  }

  async #ask(line: (id: number) => string): Promise<void> {
    if (await this.#control.ask(line)) return;
    // Why, is known when it is gone.
    await this.#gone;
    throw this.#failure ?? this.#closed();
  }

  #closed(): DieCastError {
    return new DieCastError("failed", "the disks are closed");
  }

  #handle(message: BlockEvent): void {
    switch (message.event) {
      case "ready":
        this.#reportReady(message);
        return;
      case "failed": {
        const details = message.remedy === null ? {} : { remedy: message.remedy };
        this.#failure ??= new DieCastError(message.code, message.message, details);
        return;
      }
      case "warning":
        process.emitWarning(message.message, "DieCastWarning");
        return;
      case "broken":
        this.#broken(message.disk, message.message);
        return;
      case "done":
        this.#control.answered(message.id);
    }
  }
}

function notStarted(cause: Error): DieCastError {
  if (!existsSync(BLOCK_SERVER)) {
    return new DieCastError("not-built", `${BLOCK_SERVER} is missing`, {
      remedy: "build it: npm run build",
      cause,
    });
  }
  return new DieCastError("failed", `cannot start ${BLOCK_SERVER}: ${cause.message}`, { cause });
}
