import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { totalmem } from "node:os";
import type { Duplex } from "node:stream";
import { ControlLine } from "../../clock/control_line.js";
import { DieCastError } from "../../errors.js";
import { LINK_CORE } from "../../native.js";
import type { PipeParameters } from "../../spec/experiment.js";
import type { LinkBackend, LinkBackendOptions, LinkCounters } from "./backend.js";
import { countersBytes, decodeCounters } from "./counters.js";
import { type CoreEvent, parameterWords, parseCoreEvent, setupLines } from "./protocol.js";
import { CORE_SYSCTLS } from "./sysctls.js";

// Descriptors of diecast-net behind the standard three.
const CLOCK_FD = 3;
const CONTROL_FD = 4;

// Packets in flight may take so much of the host's memory; what comes on top is dropped and counted.
const PACKET_MEMORY_SHARE = 1 / 8;
const MOST_PACKET_MEMORY = 2 ** 30;
// After which a process that does not end by itself is killed.
const PATIENCE_MS = 30_000;

type Ready = Extract<CoreEvent, { event: "ready" }>;

/** The links of a run, emulated by a process of their own (native/net). */
export interface LinkCore extends LinkBackend {
  readonly name: "core";
  /** Settings of guests' namespaces that this kernel does not have or did not take, with its reason. */
  readonly skippedSysctls: readonly string[];
  /** The emulation's process. */
  readonly pid: number;
}

/**
 * Makes every guest's network namespace with its interfaces, all up, and the links between them. All of it is gone once
 * this process and what has joined the namespaces are, however they end.
 * @throws DieCastError `permission` or `unsupported`, with a remedy; `not-built`; `failed`
 */
export async function createLinkCore(options: LinkBackendOptions): Promise<LinkCore> {
  const core = new Core(options);
  try {
    await core.setUp(options);
  } catch (error) {
    await core.close();
    throw error;
  }
  return core;
}

class Core implements LinkCore {
  readonly name = "core";
  readonly ended: Promise<void>;

  readonly #child: ChildProcess;
  readonly #control: ControlLine<CoreEvent>;
  readonly #guests: ReadonlyMap<string, number>;
  readonly #sizes: { readonly pipes: number; readonly ports: number };
  readonly #detach: () => void;
  #ready: Ready | undefined;
  #reportReady: (ready: Ready) => void = () => {};
  #counters: FileHandle | undefined;
  #failure: DieCastError | undefined;
  #closing: Promise<void> | undefined;
  readonly #gone: Promise<void>;

  constructor({ network, guests, clock }: LinkBackendOptions) {
    this.#guests = new Map(guests.map((guest, i) => [guest, i]));
    this.#sizes = { pipes: network.pipes.length, ports: network.ports.length };
    this.#child = spawn(LINK_CORE, [`${CLOCK_FD}`, `${CONTROL_FD}`], {
      stdio: ["ignore", "ignore", "inherit", clock.fd, "pipe"],
    });
    this.#control = new ControlLine(this.#child.stdio[CONTROL_FD] as Duplex, {
      parse: parseCoreEvent,
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

  async setUp(options: LinkBackendOptions): Promise<void> {
    const memory = Math.floor(Math.min(totalmem() * PACKET_MEMORY_SHARE, MOST_PACKET_MEMORY));
    const sysctls = { ...CORE_SYSCTLS, ...options.sysctls };
    const ready = new Promise<Ready>((resolve) => {
      this.#reportReady = resolve;
    });
    this.#control.write(...setupLines({ ...options, sysctls }, memory));
    this.#ready = await Promise.race([
      ready,
      this.ended.then(() => {
        throw new DieCastError("aborted", "the links were closed while being set up");
      }),
    ]);
    this.#counters = await open(this.#descriptorPath(this.#ready.counters), "r");
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get skippedSysctls(): readonly string[] {
    return this.#ready?.skippedSysctls ?? [];
  }

  namespacePath(guest: string): string {
    const descriptor = this.#ready?.namespaces[this.#guests.get(guest) ?? -1];
    if (descriptor === undefined) throw new DieCastError("failed", `the links know no guest called ${guest}`);
    return this.#descriptorPath(descriptor);
  }

  async change(pipe: number, parameters: PipeParameters): Promise<void> {
    if (!(Number.isInteger(pipe) && pipe >= 0 && pipe < this.#sizes.pipes)) {
      throw new DieCastError("failed", `there is no pipe number ${pipe}`);
    }
    await this.#ask((id) => `change ${id} ${pipe} ${parameterWords(parameters)}`);
  }

  async counters(): Promise<LinkCounters> {
    await this.#ask((id) => `counters ${id}`);
    const { pipes, ports } = this.#sizes;
    const memory = Buffer.alloc(countersBytes(pipes, ports));
    const file = this.#counters;
    if (file === undefined || this.#ready === undefined) throw this.#closed();
    const { bytesRead } = await file.read(memory, 0, memory.length, 0);
    return decodeCounters(memory.subarray(0, bytesRead), pipes, ports, this.#ready.realTimePriority);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#control.close();
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    await this.#gone;
    clearTimeout(impatience);
    await this.#counters?.close();
  }

  #descriptorPath(descriptor: number): string {
    return `/proc/${this.pid}/fd/${descriptor}`;
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
        : new DieCastError("failed", `the link emulation (diecast-net) ended with ${how}`);
    if (this.#closing === undefined) this.#failure ??= ended;
  }

  async #ask(line: (id: number) => string): Promise<void> {
    if (await this.#control.ask(line)) return;
    // Why, is known when it is gone.
    await this.#gone;
    throw this.#failure ?? this.#closed();
  }

  #closed(): DieCastError {
    return new DieCastError("failed", "the links are closed");
  }

  #handle(message: CoreEvent): void {
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
      case "done":
        this.#control.answered(message.id);
    }
  }
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
