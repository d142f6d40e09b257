import type { Lateness } from "./lateness.js";

/** What may speak against a run. */
export interface Finding {
  /** What told it: two that agree are more than one. */
  readonly instrument: Instrument;
  readonly reason: string;
  /** Above 1 it is doubtful, above SURELY not to be trusted. */
  readonly excess: number;
  /** By how much larger a TDF would have done; undefined: none would, or it cannot be told. */
  readonly tdfFactor: number | undefined;
}

export type Instrument =
  | "packets"
  | "losses"
  | "steal"
  | "load"
  | "duration"
  | "links"
  | "disks"
  | "rereads"
  | "disks' emulation"
  | "cores"
  | "waits"
  | "clock";

/** Beyond this excess a run is not to be trusted. */
export const SURELY = 4;
/** Nor where two instruments, of what a larger TDF helps against, are beyond this: they do not both err. */
const AGREED = SURELY / 2;
/** What was not measured says nothing against a run, and nothing for it. */
export const UNMEASURED = 1.5;

/** Whether a run with these findings, worst first, is not to be trusted. */
export function isUntrustworthy(found: readonly Finding[]): boolean {
  const agreed = found.filter(({ excess, tdfFactor }) => excess > AGREED && tdfFactor !== undefined);
  return (found[0]?.excess ?? 0) > SURELY || new Set(agreed.map(({ instrument }) => instrument)).size > 1;
}

/** Beyond that share of its time, who has to be on time at once has too little left. */
const BUSY_SHARE = 0.95;
/** Of fewer values than these the 99th percentile is the largest one, which one mishap makes. */
export const ENOUGH_VALUES = 100;

/**
 * How much too busy somebody was: what rest it had, against the rest that it needs.
 * @param stolen share of its time that it could not have: no rest either
 */
export function busyExcess(share: number, stolen = 0): number {
  return (1 - BUSY_SHARE) / Math.max(1 - share - stolen, 1e-6);
}

/** By how much larger a TDF would leave enough rest, if as much is stolen then. */
export function busyTdfFactor(share: number, stolen = 0): number {
  return share / Math.max(BUSY_SHARE - stolen, 1e-6);
}

/** For what can speak against a run, but cannot condemn it by itself. */
export function atMostDoubtful(excess: number): number {
  return Math.min(excess, SURELY);
}

/** That `what` ("replies of a's disk") were late, by their 99th percentile, or where they are few by the latest of them. */
export function latenessFinding(
  instrument: Instrument,
  what: string,
  { p99 }: Pick<Lateness, "p99">,
  count: number,
  limitNs: number,
): Finding {
  const few = count < ENOUGH_VALUES;
  const excess = limitNs === 0 ? 0 : p99 / limitNs;
  const which = few ? `the latest of ${count} ${what} was` : `1 of 100 ${what} was more than`;
  return {
    instrument,
    reason: `${which} ${micro(p99)} late (virtual), where ${micro(limitNs)} are allowed`,
    excess: few ? atMostDoubtful(excess) : excess,
    tdfFactor: limitNs === 0 ? undefined : excess,
  };
}

export function micro(ns: number): string {
  return `${(ns / 1000).toFixed(ns < 10_000 ? 1 : 0)} µs`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
