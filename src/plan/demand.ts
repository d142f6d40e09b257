import { toNumber } from "../scale/ratio.js";
import { FULL_FRAME_BYTES } from "../spec/resolve/pipes.js";
import { coresHere } from "./cpu.js";
import { plannedDisks } from "./disks.js";
import type { Plan, PlannedNetwork } from "./plan.js";

/** What a plan asks of the host. Perceived quantities become real ones by division by the TDF. */
export interface Demand {
  readonly guests: number;
  /** Of this host, perceived: all guests with a limit busy at once. */
  readonly perceivedCores: number;
  readonly guestsWithoutCpuLimit: number;
  readonly memoryBytes: number;
  readonly guestsWithoutMemoryLimit: number;
  readonly openFiles: number;
  /** Of all disks together. */
  readonly diskBytes: number;
  /** Perceived, full frames: what senders can send and receivers can take at most; undefined: nothing limits it. */
  readonly packetsPerSecond: number | undefined;
}

/** DieCast's own processes for a guest: init and keeper of it, buffers, its part of Node and of the link core. */
const OWN_BYTES_PER_GUEST = 2 ** 20;
/** Node and the link core themselves. */
const OWN_BYTES = 128 * 2 ** 20;

// In the process that has the most: Node holds control sockets, output files, cgroup files and handles of each guest.
const FILES_PER_GUEST = 8;
const FILES_PER_PORT = 1;
const OWN_FILES = 64;

/**
 * Packets that one perceived core sends or takes in a second at the very most: the bare kernel path with a TAP device costs
 * 3 to 4 µs a packet on machines of today.
 */
const PACKETS_PER_CORE = 300_000;

/** @param cpuFactor the reference host's core speed ÷ this host's */
export function demandOf(plan: Plan, cpuFactor = 1): Demand {
  const { experiment, network } = plan;
  let [guests, perceivedCores, memoryBytes, guestsWithoutCpuLimit, guestsWithoutMemoryLimit] = [
    0, 0, 0, 0, 0,
  ];
  for (const { count, machine } of experiment.guests) {
    guests += count;
    if (machine.cores === undefined) guestsWithoutCpuLimit += count;
    else perceivedCores += count * toNumber(coresHere(machine.cores, cpuFactor));
    if (machine.memoryBytes === undefined) guestsWithoutMemoryLimit += count;
    else memoryBytes += count * machine.memoryBytes;
  }
  return {
    guests,
    perceivedCores,
    guestsWithoutCpuLimit,
    memoryBytes: memoryBytes + guests * OWN_BYTES_PER_GUEST + OWN_BYTES,
    guestsWithoutMemoryLimit,
    openFiles: OWN_FILES + guests * FILES_PER_GUEST + network.ports.length * FILES_PER_PORT,
    diskBytes: diskBytesOf(plan),
    packetsPerSecond: packetRate(network, coresOf(plan)),
  };
}

function diskBytesOf(plan: Plan): number {
  return sumOf(plannedDisks(plan).map(({ disk }) => disk.sizeBytes));
}

function coresOf({ guests }: Plan): ReadonlyMap<string, number> {
  return new Map(
    guests.map(({ name, cpu }) => [name, cpu === undefined ? Number.POSITIVE_INFINITY : toNumber(cpu.cores)]),
  );
}

/**
 * An upper bound of the packets that pass the network each second. A port sends no more than its pipe, its guest's
 * processor and all other ports together can take; likewise what it receives.
 */
function packetRate(network: PlannedNetwork, cores: ReadonlyMap<string, number>): number | undefined {
  if (network.ports.length === 0) return 0;
  const up = network.ports.map(() => Number.POSITIVE_INFINITY);
  const down = [...up];
  for (const { from, to, parameters } of network.pipes) {
    const { bandwidthBps = Number.POSITIVE_INFINITY } = parameters;
    const packets = bandwidthBps / (8 * FULL_FRAME_BYTES);
    if ("port" in from) up[from.port] = packets;
    if ("port" in to) down[to.port] = packets;
  }
  network.ports.forEach(({ guest }, port) => {
    const most = (cores.get(guest) ?? Number.POSITIVE_INFINITY) * PACKETS_PER_CORE;
    up[port] = Math.min(up[port] ?? 0, most);
    down[port] = Math.min(down[port] ?? 0, most);
  });
  const rate = Math.min(sumOf(limited(up, down)), sumOf(limited(down, up)));
  return Number.isFinite(rate) ? rate : undefined;
}

/** Each of `own`, but no more than all the others' `others`. */
function limited(own: readonly number[], others: readonly number[]): number[] {
  const finite = sumOf(others.filter(Number.isFinite));
  const infinite = others.filter((value) => !Number.isFinite(value)).length;
  return own.map((value, i) => {
    const here = others[i] ?? 0;
    const isInfinite = !Number.isFinite(here);
    const rest =
      infinite > (isInfinite ? 1 : 0) ? Number.POSITIVE_INFINITY : finite - (isInfinite ? 0 : here);
    return Math.min(value, rest);
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
