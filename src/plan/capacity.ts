import { DieCastError } from "../errors.js";
import { compare, type Ratio, ratio, toNumber } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";
import type { Experiment } from "../spec/experiment.js";
import { coresHere, formatDecimal, greatestTdf } from "./cpu.js";
import { type Demand, demandOf } from "./demand.js";
import type { Plan } from "./plan.js";
import { planExperiment } from "./planner.js";

/** What a host can give to a run. */
export interface HostCapacity {
  readonly cores: number;
  /** Memory that is free for guests, limits of cgroups around DieCast counted. */
  readonly memoryBytes: number;
  /** Files that one process may have open. */
  readonly openFiles: number;
  /** Free where the run's folder is to be, for the contents of disks. Default: not known, not judged. */
  readonly diskBytes?: number | undefined;
  /** What the link core carries on one core of this host. */
  readonly packetsPerSecond: number;
  /** The reference host's core speed ÷ this host's. Default 1. */
  readonly cpuFactor?: number | undefined;
}

type Resource = "cpu" | "memory" | "disk" | "open files" | "packet rate";

export interface CapacityItem {
  readonly resource: Resource;
  /** In cores, bytes, files, packets a second; real. */
  readonly demand: number;
  readonly capacity: number;
  readonly fits: boolean;
  /** Whether a higher TDF makes it less. */
  readonly scales: boolean;
}

export interface Capacity {
  readonly items: readonly CapacityItem[];
  readonly fits: boolean;
  /** Undefined if none fits. Never above what the least share of a processor allows. */
  readonly leastTdf: Tdf | undefined;
  /** What could not be judged. */
  readonly notes: readonly string[];
}

/** Sampling, writing of records, kernel work for neither guests nor packets. */
const BASE_CORES = 0.1;

/** What a plan demands against what the host has. */
export function capacityOf(plan: Plan, host: HostCapacity): Capacity {
  return judge(demandOf(plan, host.cpuFactor), host, plan.experiment, plan.tdf);
}

/**
 * The least TDF, at least 1, at which the host has enough of everything: for `--tdf auto`.
 * @throws DieCastError `failed` if there is none
 */
export function leastTdf(experiment: Experiment, host: HostCapacity): Tdf {
  // What is perceived is the same at every TDF; at this one no share of a processor is too small.
  const plan = planExperiment(experiment, { tdf: LOWEST, cpuFactor: host.cpuFactor });
  const capacity = judge(demandOf(plan, host.cpuFactor), host, experiment, ONE);
  const { leastTdf: least } = capacity;
  if (least === undefined) throw refusalOf(capacity, "any TDF");
  return compare(least, ONE) < 0 ? ONE : least;
}

function judge(demand: Demand, host: HostCapacity, experiment: Experiment, tdf: Tdf): Capacity {
  const items = itemsOf(demand, host, toNumber(tdf));
  return {
    items,
    fits: items.every(({ fits }) => fits),
    leastTdf: leastFor(demand, host, experiment),
    notes: notesOf(demand),
  };
}

/** @throws DieCastError `failed` for what the host has too little of, with the least TDF that would fit */
export function assertFits(plan: Plan, capacity: Capacity): void {
  if (!capacity.fits) throw refusalOf(capacity, `TDF ${formatDecimal(plan.tdf)}`);
}

const ONE = ratio(1n, 1n);
const LOWEST = ratio(1n, 1000n);

function itemsOf(demand: Demand, host: HostCapacity, tdf: number): CapacityItem[] {
  const packets = (demand.packetsPerSecond ?? 0) / tdf;
  const item = (resource: Resource, wanted: number, capacity: number, scales: boolean): CapacityItem => {
    // Sums of decimal fractions are not exact.
    return { resource, demand: wanted, capacity, fits: wanted <= capacity * (1 + 1e-9), scales };
  };
  const emulation = BASE_CORES + Math.min(packets / host.packetsPerSecond, 1);
  return [
    item("cpu", demand.perceivedCores / tdf, Math.max(host.cores - emulation, 0), true),
    item("memory", demand.memoryBytes, host.memoryBytes, false),
    // Only where there are disks: others need not read of it.
    ...(demand.diskBytes > 0 && host.diskBytes !== undefined
      ? [item("disk", demand.diskBytes, host.diskBytes, false)]
      : []),
    item("open files", demand.openFiles, host.openFiles, false),
    item("packet rate", packets, host.packetsPerSecond, true),
  ];
}

function leastFor(demand: Demand, host: HostCapacity, experiment: Experiment): Tdf | undefined {
  const constant = itemsOf(demand, host, 1).filter(({ scales }) => !scales);
  if (constant.some(({ fits }) => !fits) || host.cores <= BASE_CORES) return undefined;
  const packets = (demand.packetsPerSecond ?? 0) / host.packetsPerSecond;
  // Where packets are few enough (≤ 1 at this TDF) the emulation takes packets ÷ TDF of a core.
  const exact = Math.max(packets, (demand.perceivedCores + packets) / (host.cores - BASE_CORES));
  const least = roundUp(exact);
  const tooHigh = experiment.guests.some(({ machine: { cores } }) => {
    return cores !== undefined && compare(least, greatestTdf(coresHere(cores, host.cpuFactor ?? 1))) > 0;
  });
  return tooHigh || compare(least, MOST) > 0 ? undefined : least;
}

/** parseTdf() takes no more. */
const MOST = ratio(10_000n, 1n);

/** To tenths below ten, to whole numbers above: a TDF that people can say. */
function roundUp(value: number): Ratio {
  // What is 2.0000000001 by the arithmetic of fractions is 2.
  const exact = value * (1 - 1e-9);
  if (exact > 10) return ratio(BigInt(Math.ceil(exact)), 1n);
  return ratio(BigInt(Math.max(1, Math.ceil(exact * 10))), 10n);
}

function notesOf(demand: Demand): string[] {
  const guests = (count: number) => (count === 1 ? "1 guest has" : `${count} guests have`);
  return [
    ...(demand.guestsWithoutCpuLimit > 0
      ? [
          `${guests(demand.guestsWithoutCpuLimit)} no cpu: what they take is not judged, and they perceive TDF × host`,
        ]
      : []),
    ...(demand.guestsWithoutMemoryLimit > 0
      ? [`${guests(demand.guestsWithoutMemoryLimit)} no memory limit: what they take is not judged`]
      : []),
    ...(demand.packetsPerSecond === undefined
      ? ["links without bandwidth join guests without cpu: their packet rate is not judged"]
      : []),
  ];
}

function refusalOf(capacity: Capacity, where: string): DieCastError {
  const lacking = capacity.items.filter(
    ({ fits, scales }) => !fits && (capacity.leastTdf !== undefined || !scales),
  );
  const named = lacking.length > 0 ? lacking : capacity.items.filter(({ fits }) => !fits);
  const what = named.map((item) => {
    const { demand, capacity: has } = formatItem(item);
    return `${item.resource} (wanted ${demand}, there is ${has})`;
  });
  const least = capacity.leastTdf;
  return new DieCastError(
    "failed",
    `this host has too little for the experiment at ${where}: ${what.join(", ")}`,
    {
      remedy:
        least === undefined
          ? "no TDF would fit (memory and files are not scaled; a small cpu limits the TDF): take fewer guests, or a larger host"
          : `the least TDF that fits is ${formatDecimal(least)}; --tdf auto takes it`,
    },
  );
}

/** An item's numbers with their unit. */
export function formatItem({ resource, demand, capacity }: CapacityItem): {
  demand: string;
  capacity: string;
} {
  const write = (value: number) => {
    if (resource === "cpu") return `${Number(value.toPrecision(3))} cores`;
    if (resource === "memory" || resource === "disk") return `${(value / 2 ** 30).toFixed(2)} GiB`;
    return `${Math.round(value)}${resource === "packet rate" ? " packets/s" : ""}`;
  };
  return { demand: write(demand), capacity: write(capacity) };
}
