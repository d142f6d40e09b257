import { type FileHandle, open } from "node:fs/promises";
import { totalmem } from "node:os";
import { DieCastError } from "../../errors.js";
import type { PipeParameters } from "../../spec/experiment.js";
import type { EmulationCounters, LinkBackend, LinkBackendOptions, LinkCounters } from "./backend.js";
import { countersBytes, decodeCounters } from "./counters.js";
import { linksClosed, NetProcess } from "./net_process.js";
import { type NetEvent, parameterWords, setupLines } from "./protocol.js";
import { GUEST_SYSCTLS } from "./sysctls.js";

// Packets in flight may take so much of the host's memory; what comes on top is dropped and counted.
const PACKET_MEMORY_SHARE = 1 / 8;
const MOST_PACKET_MEMORY = 2 ** 30;

type Ready = Extract<NetEvent, { event: "ready" }>;

/** The links of a run, emulated by a process of their own (native/net). */
export interface LinkCore extends LinkBackend {
  readonly name: "core";
  /** The emulation's process. */
  readonly pid: number;
  counters(): Promise<CoreCounters>;
}

/** Counters with what the core knows of itself. */
export interface CoreCounters extends LinkCounters {
  readonly emulation: EmulationCounters;
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
  readonly #process: NetProcess;
  readonly #guests: ReadonlyMap<string, number>;
  readonly #sizes: { readonly pipes: number; readonly ports: number };
  readonly #detach: () => void;
  readonly #said: Promise<Ready>;
  #ready: Ready | undefined;
  #counters: FileHandle | undefined;

  constructor({ network, guests, clock }: LinkBackendOptions) {
    this.#guests = new Map(guests.map((guest, i) => [guest, i]));
    this.#sizes = { pipes: network.pipes.length, ports: network.ports.length };
    let reportReady: (ready: Ready) => void = () => {};
    this.#said = new Promise((resolve) => {
      reportReady = resolve;
    });
    this.#process = new NetProcess(clock.fd, (message) => {
      if (message.event === "ready") reportReady(message);
    });
    this.#detach = clock.attach(async () => {
      await this.#process.tell((id) => `kick ${id}`);
    });
    this.ended.finally(this.#detach).catch(() => {});
  }

  async setUp(options: LinkBackendOptions): Promise<void> {
    const memory = Math.floor(Math.min(totalmem() * PACKET_MEMORY_SHARE, MOST_PACKET_MEMORY));
    const sysctls = { ...GUEST_SYSCTLS, ...options.sysctls };
    this.#process.write(...setupLines({ ...options, sysctls }, memory));
    this.#ready = await this.#process.orEnded(this.#said);
    this.#counters = await open(this.#process.descriptorPath(this.#ready.counters), "r");
  }

  get ended(): Promise<void> {
    return this.#process.ended;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get skippedSysctls(): readonly string[] {
    return this.#ready?.skippedSysctls ?? [];
  }

  namespacePath(guest: string): string {
    const descriptor = this.#ready?.namespaces[this.#guests.get(guest) ?? -1];
    if (descriptor === undefined) throw new DieCastError("failed", `the links know no guest called ${guest}`);
    return this.#process.descriptorPath(descriptor);
  }

  async change(pipe: number, parameters: PipeParameters): Promise<void> {
    if (!(Number.isInteger(pipe) && pipe >= 0 && pipe < this.#sizes.pipes)) {
      throw new DieCastError("failed", `there is no pipe number ${pipe}`);
    }
    await this.#process.ask((id) => `change ${id} ${pipe} ${parameterWords(parameters)}`);
  }

  async counters(): Promise<CoreCounters> {
    await this.#process.ask((id) => `counters ${id}`);
    const { pipes, ports } = this.#sizes;
    const memory = Buffer.alloc(countersBytes(pipes, ports));
    const file = this.#counters;
    if (file === undefined || this.#ready === undefined) throw linksClosed();
    const { bytesRead } = await file.read(memory, 0, memory.length, 0);
    return decodeCounters(memory.subarray(0, bytesRead), pipes, ports, this.#ready.realTimePriority);
  }

  async close(): Promise<void> {
    await this.#process.close();
    await this.#counters?.close();
    this.#counters = undefined;
  }
}
