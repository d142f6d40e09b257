import type { GuestUsage } from "../host/guests/guest.js";
import type { PortCounters } from "../host/links/backend.js";
import type { Cell } from "./csv_file.js";

type CapPeriods = Pick<GuestUsage, "periods" | "throttledPeriods">;

/** A guest's counters at one moment. */
export interface GuestReading {
  readonly virtualNs: bigint;
  readonly usage: GuestUsage;
  /** Of all its interfaces together; undefined if the network did not tell. */
  readonly network: PortCounters | undefined;
}

/** What a guest used between two readings, as it perceives it. */
export interface GuestRates {
  /** Processor time per virtual time: Δ nominal processor time ÷ Δ real time × TDF, at whatever course time took. */
  readonly cpuCores: number;
  /** Of the periods of its CPU cap in which it ran, those in which it was held back. */
  readonly heldBackShare: number | undefined;
  readonly sentBps: number | undefined;
  readonly receivedBps: number | undefined;
  readonly sentPackets: number | undefined;
  readonly receivedPackets: number | undefined;
  readonly unaskedDrops: number | undefined;
  readonly outOfMemoryKills: number;
  readonly refusedForks: number;
}

export const GUEST_HEADER = [
  "at (s)",
  "guest",
  "cpu (cores)",
  "held back (share)",
  "memory (B)",
  "memory peak (B)",
  "processes",
  "sent (bit/s)",
  "received (bit/s)",
  "sent (packets)",
  "received (packets)",
  "unasked drops (packets)",
  "out-of-memory kills",
  "refused forks",
] as const;

/** Undefined when no virtual time passed between the two. */
export function guestRates(before: GuestReading, after: GuestReading): GuestRates | undefined {
  const virtualNs = Number(after.virtualNs - before.virtualNs);
  if (virtualNs <= 0) return undefined;
  const used = (name: keyof GuestUsage) => since(before.usage[name], after.usage[name]);
  const passed = (name: keyof PortCounters) =>
    before.network && after.network && since(before.network[name], after.network[name]);
  const bps = (bytes: number | undefined) => bytes && (bytes * 8e9) / virtualNs;
  return {
    cpuCores: used("cpuNominalNs") / virtualNs,
    heldBackShare: heldBackShare(before.usage, after.usage),
    sentBps: bps(passed("sentBytes")),
    receivedBps: bps(passed("receivedBytes")),
    sentPackets: passed("sentPackets"),
    receivedPackets: passed("receivedPackets"),
    unaskedDrops: passed("unasked"),
    outOfMemoryKills: used("outOfMemoryKills"),
    refusedForks: used("refusedForks"),
  };
}

/** Of the periods of its CPU cap in which a guest ran, those in which it was held back; undefined if it ran in none. */
export function heldBackShare(before: CapPeriods, after: CapPeriods): number | undefined {
  const periods = since(before.periods, after.periods);
  // The kernel may have counted the one and not yet the other.
  return periods === 0
    ? undefined
    : Math.min(1, since(before.throttledPeriods, after.throttledPeriods) / periods);
}

export function guestRow(atS: number, guest: string, rates: GuestRates, usage: GuestUsage): Cell[] {
  return [
    atS,
    guest,
    rates.cpuCores,
    rates.heldBackShare,
    usage.memoryBytes,
    usage.memoryPeakBytes,
    usage.processes,
    rates.sentBps,
    rates.receivedBps,
    rates.sentPackets,
    rates.receivedPackets,
    rates.unaskedDrops,
    rates.outOfMemoryKills,
    rates.refusedForks,
  ];
}

/** The sum over a guest's interfaces. */
export function addPorts(ports: readonly PortCounters[]): PortCounters {
  const total = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0, unasked: 0 };
  for (const port of ports) {
    total.sentPackets += port.sentPackets;
    total.sentBytes += port.sentBytes;
    total.receivedPackets += port.receivedPackets;
    total.receivedBytes += port.receivedBytes;
    total.unasked += port.unasked;
  }
  return total;
}

/** A counter's growth. One that began anew counts from 0: a group may be made again. */
export function since(before: number, after: number): number {
  return after >= before ? after - before : after;
}
