import { type GuestRates, type GuestReading, guestRates, since } from "./guest_usage.js";
import { hostShares } from "./host_usage.js";
import { lateness } from "./network_usage.js";
import type { Snapshot, Sources } from "./snapshot.js";

/** What guests and host used over the measuring phase. */
export interface ResourceUse {
  readonly virtualSeconds: number;
  readonly realSeconds: number;
  /** By guest group. */
  readonly groups: Readonly<Record<string, GroupUse>>;
  readonly host: HostUse;
}

/** As perceived; means are per guest and over the phase. `null`: not known, or nothing to divide by. */
interface GroupUse {
  /** How many of its guests could be read. */
  readonly guests: number;
  readonly cpuCores: number | null;
  readonly heldBackShare: number | null;
  readonly memoryBytes: number | null;
  readonly sentBps: number | null;
  readonly receivedBps: number | null;
  /** The highest of any guest, since its start. */
  readonly memoryPeakBytes: number;
  /** Sums. */
  readonly unaskedDrops: number;
  readonly outOfMemoryKills: number;
  readonly refusedForks: number;
}

/** In real time. */
export interface HostUse {
  /** Of all its processors together. */
  readonly cpuShare: number | null;
  readonly stolenShare: number | null;
  /** Processor time of the link emulation and of this process, per real time. */
  readonly emulationCores: number | null;
  readonly ownCores: number | null;
  readonly packetsPerSecond: number | null;
  readonly lateness: {
    readonly p50RealNs: number;
    readonly p99RealNs: number;
    readonly maxRealNs: number;
  } | null;
}

/** Means of the memory samples taken in the phase, by guest. */
export class MemoryMeans {
  readonly #sums = new Map<string, { sum: number; samples: number }>();

  add(guests: ReadonlyMap<string, GuestReading>): void {
    for (const [name, { usage }] of guests) {
      const own = this.#sums.get(name) ?? { sum: 0, samples: 0 };
      own.sum += usage.memoryBytes;
      own.samples++;
      this.#sums.set(name, own);
    }
  }

  of(guest: string): number | undefined {
    const own = this.#sums.get(guest);
    return own && own.sum / own.samples;
  }
}

/** @param last the last reading of every guest: what one that is gone used still counts */
export function resourceUse(
  guests: Sources["guests"],
  begin: Snapshot,
  end: Snapshot,
  last: ReadonlyMap<string, GuestReading>,
  memory: MemoryMeans,
): ResourceUse {
  const groups: Record<string, GroupUse> = {};
  for (const group of new Set(guests.map((guest) => guest.group))) {
    const members = guests.filter((guest) => guest.group === group).map((guest) => guest.name);
    groups[group] = groupUse(members, begin, end, last, memory);
  }
  const virtualSeconds = Number(end.time.virtualNs - begin.time.virtualNs) / 1e9;
  const realSeconds = Number(end.time.realNs - begin.time.realNs) / 1e9;
  return { virtualSeconds, realSeconds, groups, host: hostUse(begin, end) };
}

function groupUse(
  members: readonly string[],
  begin: Snapshot,
  end: Snapshot,
  last: ReadonlyMap<string, GuestReading>,
  memory: MemoryMeans,
): GroupUse {
  const rates: GuestRates[] = [];
  let peak = 0;
  for (const name of members) {
    const before = begin.guests.get(name);
    const after = end.guests.get(name) ?? withTime(last.get(name), end.time.virtualNs);
    if (before === undefined || after === undefined) continue;
    peak = Math.max(peak, after.usage.memoryPeakBytes);
    const own = guestRates(before, after);
    if (own !== undefined) rates.push(own);
  }
  return {
    guests: rates.length,
    cpuCores: mean(rates.map((own) => own.cpuCores)),
    heldBackShare: mean(rates.map((own) => own.heldBackShare)),
    memoryBytes: mean(members.map((name) => memory.of(name))),
    sentBps: mean(rates.map((own) => own.sentBps)),
    receivedBps: mean(rates.map((own) => own.receivedBps)),
    memoryPeakBytes: peak,
    unaskedDrops: sum(rates.map((own) => own.unaskedDrops ?? 0)),
    outOfMemoryKills: sum(rates.map((own) => own.outOfMemoryKills)),
    refusedForks: sum(rates.map((own) => own.refusedForks)),
  };
}

/** What the host did between two snapshots. */
export function hostUse(begin: Snapshot, end: Snapshot): HostUse {
  const realNs = Number(end.time.realNs - begin.time.realNs);
  const shares = hostShares(begin.host, end.host);
  const cores = (used: number) => (realNs > 0 ? used / realNs : null);
  const [before, after] = [begin.network, end.network];
  const packets = (counters: typeof before) => sum(counters?.pipes.map((pipe) => pipe.packets) ?? []);
  const both = before !== undefined && after !== undefined;
  return {
    cpuShare: shares?.busy ?? null,
    stolenShare: shares?.stolen ?? null,
    emulationCores:
      before?.emulation && after?.emulation
        ? cores(since(before.emulation.cpuRealNs, after.emulation.cpuRealNs))
        : null,
    ownCores: cores(since(begin.host.ownCpuNs, end.host.ownCpuNs)),
    packetsPerSecond: both && realNs > 0 ? (since(packets(before), packets(after)) * 1e9) / realNs : null,
    lateness: both ? (lateness(before, after) ?? null) : null,
  };
}

function withTime(reading: GuestReading | undefined, virtualNs: bigint): GuestReading | undefined {
  return reading && { ...reading, virtualNs };
}

function mean(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : sum(known) / known.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
