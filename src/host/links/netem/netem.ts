import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../clock/clock.js";
import { DieCastError } from "../../../errors.js";
import type { PlannedNetwork } from "../../../plan/plan.js";
import { compare } from "../../../scale/ratio.js";
import type { Tdf } from "../../../scale/tdf.js";
import type { PipeParameters } from "../../../spec/experiment.js";
import { forEach } from "../../pool.js";
import type { LinkBackend, LinkBackendOptions, LinkCounters, PipeCounters } from "../backend.js";
import { linksClosed, NetProcess } from "../net_process.js";
import { holderLines, type NetEvent } from "../protocol.js";
import { GUEST_SYSCTLS } from "../sysctls.js";
import { deviceLines, forwardingLines, joinLines, pipeLines, stageLines } from "./batches.js";
import { pipeCounters, portsByDevice, type Stages, stagesByDevice } from "./counters.js";
import { batch, query, type Tool } from "./iproute.js";
import { jitterTable } from "./jitter_tables.js";
import { netemRefusal } from "./pipe.js";
import { portDevice, type Wiring, wire } from "./wiring.js";

// Namespaces that are set up at the same time. The kernel does one thing at a time to interfaces anyway.
const BUILDERS = 4;

type Held = Extract<NetEvent, { event: "held" }>;

/** The links of a run, emulated by the kernel: a bridge for each switch, veth pairs, and netem for each direction. */
export interface NetemLinks extends LinkBackend {
  readonly name: "netem";
  /** The process that holds the namespaces. */
  readonly pid: number;
}

/**
 * Makes every guest's network namespace with its interfaces, all up, and the links between them. All of it is gone once
 * this process and what has joined the namespaces are, however they end: namespaces have no names.
 *
 * netem runs in real time, by parameters scaled with the clock's TDF: it follows a change of the rate for packets that come
 * after it, and does not stop while time stands still.
 * @throws DieCastError `unsupported` for a pipe that netem cannot be; `permission`; `not-built`; `failed`
 */
export async function createNetemLinks(options: LinkBackendOptions): Promise<NetemLinks> {
  for (const { name, parameters } of options.network.pipes) refuse(name, parameters, options.clock.tdf);
  const links = new Netem(options);
  try {
    await links.setUp(options);
  } catch (error) {
    await links.close();
    throw error;
  }
  return links;
}

class Netem implements NetemLinks {
  readonly name = "netem";
  skippedSysctls: readonly string[] = [];
  readonly #process: NetProcess;
  readonly #network: PlannedNetwork;
  readonly #wiring: Wiring;
  readonly #clock: Clock;
  readonly #guests: ReadonlyMap<string, number>;
  readonly #said: Promise<Held>;
  readonly #pipes: PipeState[];
  #held: Held | undefined;
  #tdf: Tdf;
  // Changes are made one after the other.
  #changing: Promise<unknown> = Promise.resolve();

  constructor({ network, guests, clock }: LinkBackendOptions) {
    this.#network = network;
    this.#wiring = wire(network);
    this.#clock = clock;
    this.#tdf = clock.tdf;
    this.#guests = new Map(guests.map((guest, i) => [guest, i]));
    this.#pipes = network.pipes.map(({ parameters }) => ({ parameters, lost: { total: 0, down: 0 } }));
    let reportHeld: (held: Held) => void = () => {};
    this.#said = new Promise((resolve) => {
      reportHeld = resolve;
    });
    this.#process = new NetProcess(undefined, (message) => {
      if (message.event === "held") reportHeld(message);
      if (message.event === "skipped") this.skippedSysctls = message.sysctls;
    });
    const detach = clock.attach(() => this.#followRate());
    this.ended.finally(detach).catch(() => {});
  }

  async setUp(options: LinkBackendOptions): Promise<void> {
    const sysctls = { ...GUEST_SYSCTLS, ...options.sysctls };
    const nodes = [...this.#wiring.nodes.keys()];
    this.#process.write(...holderLines({ ...options, sysctls }, nodes.length));
    this.#held = await this.#process.orEnded(this.#said);
    const [network, wiring] = [this.#network, this.#wiring];
    const paths = {
      guest: (name: string) => this.namespacePath(name),
      node: (number: number) => this.#nodePath(number),
    };
    await forEach(nodes, BUILDERS, (node) =>
      this.#batch("ip", node, deviceLines(network, wiring, node, paths)),
    );
    await withJitterTables(this.#pipes, (tables) =>
      forEach(nodes, BUILDERS, async (node) => {
        await this.#batch("ip", node, joinLines(network, wiring, node));
        await this.#batch("bridge", node, forwardingLines(network, wiring, node));
        await this.#batch("tc", node, pipeLines(network, wiring, node, this.#tdf), tables);
      }),
    );
    await this.#process.ask((id) => `interfaces ${id}`);
  }

  get ended(): Promise<void> {
    return this.#process.ended;
  }

  get pid(): number {
    return this.#process.pid;
  }

  namespacePath(guest: string): string {
    const descriptor = this.#held?.guests[this.#guests.get(guest) ?? -1];
    if (descriptor === undefined) throw new DieCastError("failed", `the links know no guest called ${guest}`);
    return this.#process.descriptorPath(descriptor);
  }

  change(pipe: number, parameters: PipeParameters): Promise<void> {
    return this.#inOrder(async () => {
      const state = this.#pipes[pipe];
      if (state === undefined) throw new DieCastError("failed", `there is no pipe number ${pipe}`);
      refuse(this.#network.pipes[pipe]?.name ?? "", parameters, this.#tdf);
      if (parameters.up !== state.parameters.up) await this.#noteLosses(pipe, state);
      state.parameters = parameters;
      await this.#apply([pipe]);
    });
  }

  async counters(): Promise<LinkCounters> {
    const nodes = [...this.#wiring.nodes.keys()];
    const answers = await Promise.all(
      nodes.map(async (node) => ({
        stages: await this.#stagesOf(node),
        ports: portsByDevice(await this.#query("ip", node, ["-s", "-j", "link", "show"])),
      })),
    );
    const ports = new Map(answers.flatMap((answer) => [...answer.ports]));
    return {
      pipes: this.#wiring.places.map(({ node, device }, pipe) =>
        countersOf(answers[node]?.stages.get(device), this.#pipes[pipe]),
      ),
      ports: this.#network.ports.map((_, port) => ports.get(portDevice(port)) ?? NO_PORT),
      emulation: undefined,
    };
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  // Only the rate matters: packets under way do not stop with the clock.
  async #followRate(): Promise<void> {
    await this.#inOrder(async () => {
      const { tdf } = this.#clock;
      if (this.#held === undefined || compare(tdf, this.#tdf) === 0) return;
      for (const [pipe, { parameters }] of this.#pipes.entries())
        refuse(this.#network.pipes[pipe]?.name ?? "", parameters, tdf);
      this.#tdf = tdf;
      await this.#apply([...this.#pipes.keys()]);
    });
  }

  async #apply(pipes: readonly number[]): Promise<void> {
    const byNode = new Map<number, string[]>();
    for (const pipe of pipes) {
      const place = this.#wiring.places[pipe];
      const state = this.#pipes[pipe];
      if (place === undefined || state === undefined) continue;
      const lines = byNode.get(place.node) ?? [];
      lines.push(...stageLines("change", place, state.parameters, this.#tdf));
      byNode.set(place.node, lines);
    }
    const changed = pipes.flatMap((pipe) => this.#pipes[pipe] ?? []);
    await withJitterTables(changed, (tables) =>
      forEach([...byNode], BUILDERS, ([node, lines]) => this.#batch("tc", node, lines, tables)),
    );
  }

  async #noteLosses(pipe: number, state: PipeState): Promise<void> {
    const place = this.#wiring.places[pipe];
    if (place === undefined) return;
    const stages = (await this.#stagesOf(place.node)).get(place.device);
    const total = stages?.travelling.drops ?? state.lost.total;
    const { down } = countersOf(stages, state).drops;
    state.lost = { total, down };
  }

  async #stagesOf(node: number): Promise<Map<string, Stages>> {
    return stagesByDevice(await this.#query("tc", node, ["-s", "-j", "qdisc", "show"]));
  }

  #batch(tool: Tool, node: number, lines: readonly string[], tables?: string): Promise<void> {
    return this.#orEnded(batch(tool, this.#nodePath(node), lines, tables));
  }

  #query(tool: "ip" | "tc", node: number, args: readonly string[]): Promise<unknown> {
    return this.#orEnded(query(tool, this.#nodePath(node), args));
  }

  // A namespace that cannot be entered is so because its holder has gone, whose own reason says more.
  async #orEnded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw await this.#process.reasonFor(error);
    }
  }

  #nodePath(node: number): string {
    const descriptor = this.#held?.switches[node];
    if (descriptor === undefined) throw linksClosed();
    return this.#process.descriptorPath(descriptor);
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(work);
    this.#changing = result.catch(() => {});
    return result;
  }
}

interface PipeState {
  parameters: PipeParameters;
  /** Losses until the cable was taken out or put in last: all, and those while it was out. */
  lost: { total: number; down: number };
}

const NO_PORT = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0, unasked: 0 };
const NO_DISCIPLINE = { bytes: 0, packets: 0, drops: 0, backlog: 0, qlen: 0 };

function countersOf(stages: Stages | undefined, state: PipeState | undefined): PipeCounters {
  return pipeCounters(
    stages ?? { sending: NO_DISCIPLINE, travelling: NO_DISCIPLINE },
    state?.lost ?? { total: 0, down: 0 },
    state?.parameters.up ?? true,
  );
}

function refuse(pipe: string, parameters: PipeParameters, tdf: Tdf): void {
  const reason = netemRefusal(parameters, tdf);
  if (reason === undefined) return;
  throw new DieCastError("unsupported", `${pipe}: ${reason}`, { remedy: "use network.backend: core" });
}

/** Has the tables that tc needs in a folder while it needs them; undefined if it needs none. */
async function withJitterTables(
  pipes: readonly PipeState[],
  use: (directory: string | undefined) => Promise<void>,
): Promise<void> {
  const wanted = pipes.filter(({ parameters }) => parameters.jitterNs > 0);
  if (wanted.length === 0) return use(undefined);
  const directory = mkdtempSync(join(tmpdir(), "diecast-jitter-"));
  try {
    for (const name of new Set(wanted.map(({ parameters }) => parameters.jitterDistribution)))
      writeFileSync(join(directory, `${name}.dist`), jitterTable(name));
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
