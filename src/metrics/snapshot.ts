import { setImmediate as breathe } from "node:timers/promises";
import type { ClockReading } from "../clock/clock.js";
import type { TriedCores } from "../host/core_reading.js";
import type { DiskBackendCounters } from "../host/disks/backend.js";
import type { GuestUsage } from "../host/guests/guest.js";
import type { LinkCounters, PortCounters } from "../host/links/backend.js";
import { addPorts, type GuestReading } from "./guest_usage.js";
import type { HostReading } from "./host_usage.js";

/** Where the numbers come from. */
export interface Sources {
  readonly clock: { now(): ClockReading };
  readonly guests: readonly { readonly name: string; readonly group: string; usage(): GuestUsage }[];
  readonly network:
    | {
        /** Names in the plan's order. */
        readonly pipes: readonly string[];
        /** For each port, in the plan's order, the guest it belongs to. */
        readonly ports: readonly string[];
        counters(): Promise<LinkCounters>;
      }
    | undefined;
  readonly disks?:
    | {
        /** Names in the plan's order. */
        readonly names: readonly string[];
        counters(): Promise<DiskBackendCounters>;
      }
    | undefined;
  host(): HostReading;
  /** Undefined where it cannot be told. */
  cores?(): Promise<TriedCores | undefined>;
}

/** All counters at about one moment. */
export interface Snapshot {
  readonly time: ClockReading;
  readonly host: HostReading;
  readonly cores?: TriedCores | undefined;
  readonly network: LinkCounters | undefined;
  readonly disks?: DiskBackendCounters | undefined;
  /** Without the guests that could not be read. */
  readonly guests: ReadonlyMap<string, GuestReading>;
}

/** Files of some guests are read in one go; in between others of this process have their turn. */
const GUESTS_AT_A_TIME = 16;

export async function takeSnapshot(sources: Sources): Promise<Snapshot> {
  const [network, disks, cores] = await Promise.all([
    sources.network?.counters().catch(() => undefined),
    sources.disks?.counters().catch(() => undefined),
    sources.cores?.().catch(() => undefined),
  ]);
  const time = sources.clock.now();
  const host = sources.host();
  const ports = portsByGuest(sources.network?.ports, network?.ports);
  const guests = new Map<string, GuestReading>();
  for (const [i, guest] of sources.guests.entries()) {
    if (i > 0 && i % GUESTS_AT_A_TIME === 0) await breathe();
    try {
      const usage = guest.usage();
      const { virtualNs } = sources.clock.now();
      guests.set(guest.name, { virtualNs, usage, network: ports.get(guest.name) });
    } catch {
      // It is gone. Whoever watches over guests says so; here its numbers just end.
    }
  }
  return { time, host, cores, network, disks, guests };
}

function portsByGuest(
  names: readonly string[] | undefined,
  counters: readonly PortCounters[] | undefined,
): Map<string, PortCounters> {
  const total = new Map<string, PortCounters>();
  names?.forEach((guest, port) => {
    const own = counters?.[port];
    if (own === undefined) return;
    const others = total.get(guest);
    total.set(guest, others === undefined ? own : addPorts([others, own]));
  });
  return total;
}
