import { DieCastError } from "../../../errors.js";
import type { PipeCounters, PortCounters } from "../backend.js";

/** What tc tells of a queueing discipline; of the many fields those that are used. */
interface Discipline {
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
  readonly backlog: number;
  readonly qlen: number;
}

/** Both stages of a pipe (pipe.ts). */
export interface Stages {
  readonly sending: Discipline;
  readonly travelling: Discipline;
}

const OVERHEAD_BYTES = 24;

/**
 * Finds the stages in what `tc -s -j qdisc show` says of a namespace, by device.
 * @throws DieCastError `failed` if it is something else
 */
export function stagesByDevice(answer: unknown): Map<string, Stages> {
  const found = new Map<string, Partial<Stages>>();
  for (const entry of entries(answer, "tc")) {
    const { kind, handle, dev } = entry;
    if (kind !== "netem" || typeof dev !== "string") continue;
    const stage = handle === "1:" ? "sending" : handle === "2:" ? "travelling" : undefined;
    if (stage === undefined) continue;
    const discipline = numbers(entry, ["bytes", "packets", "drops", "backlog", "qlen"]);
    found.set(dev, { ...found.get(dev), [stage]: discipline });
  }
  return new Map(
    [...found].flatMap(([device, { sending, travelling }]) =>
      sending && travelling ? [[device, { sending, travelling }] as const] : [],
    ),
  );
}

/**
 * A pipe's counters. Sent is what was delivered, lost or travels; the bytes of what was lost are not known and taken as the
 * mean.
 * @param lostBefore how many were lost until the cable was taken out or put in last, and of these while it was out
 */
export function pipeCounters(
  { sending, travelling }: Stages,
  lostBefore: { readonly total: number; readonly down: number },
  up: boolean,
): PipeCounters {
  const lost = travelling.drops;
  const since = Math.max(0, lost - lostBefore.total);
  const down = lostBefore.down + (up ? 0 : since);
  const packets = sending.packets + lost + travelling.qlen;
  const meanBytes = sending.packets > 0 ? sending.bytes / sending.packets : 0;
  return {
    packets: packets - down,
    wireBytes: Math.round(
      sending.bytes + travelling.backlog + (lost - down) * meanBytes + OVERHEAD_BYTES * (packets - down),
    ),
    // The outer stage counts what is in the inner one as its own.
    queuePackets: Math.max(0, sending.qlen - travelling.qlen),
    queueBytes: Math.max(0, sending.backlog - travelling.backlog),
    marked: 0,
    drops: { queue: Math.max(0, sending.drops - lost), red: 0, loss: lost - down, down },
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
  };
}

/** Counters of a node's devices, from `ip -s -j link show`: what one sends is what the other end receives. */
export function portsByDevice(answer: unknown): Map<string, PortCounters> {
  return new Map(
    entries(answer, "ip").flatMap((entry) => {
      const { rx, tx } = Object(entry.stats64) as Record<string, Record<string, unknown> | undefined>;
      if (typeof entry.ifname !== "string" || rx === undefined || tx === undefined) return [];
      const from = numbers(rx, ["bytes", "packets", "dropped"]);
      const to = numbers(tx, ["bytes", "packets", "dropped"]);
      const counters = {
        sentPackets: from.packets,
        sentBytes: from.bytes,
        receivedPackets: to.packets,
        receivedBytes: to.bytes,
        unasked: from.dropped + to.dropped,
      };
      return [[entry.ifname, counters] as const];
    }),
  );
}

function entries(answer: unknown, tool: string): Record<string, unknown>[] {
  if (!Array.isArray(answer)) throw new DieCastError("failed", `${tool} did not answer with a list`);
  return answer.map((entry) => Object(entry) as Record<string, unknown>);
}

function numbers<Name extends string>(
  entry: Record<string, unknown>,
  names: readonly Name[],
): Record<Name, number> {
  return Object.fromEntries(
    names.map((name) => [name, typeof entry[name] === "number" ? entry[name] : 0]),
  ) as Record<Name, number>;
}
