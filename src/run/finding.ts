/** What may speak against a run. */
export interface Finding {
  readonly reason: string;
  /** Above 1 it is doubtful, well above it not to be trusted (fidelity.ts). */
  readonly excess: number;
  /** By how much larger a TDF would have done; undefined: none would, or it cannot be told. */
  readonly tdfFactor: number | undefined;
}

/** Beyond that share of its time, who has to be on time at once has too little left. */
const BUSY_SHARE = 0.95;

/** How much too busy somebody was: what rest it had, against the rest that it needs. */
export function busyExcess(share: number): number {
  return (1 - BUSY_SHARE) / Math.max(1 - share, 1e-6);
}

/** By how much larger a TDF would leave enough rest. */
export function busyTdfFactor(share: number): number {
  return share / BUSY_SHARE;
}

export function micro(ns: number): string {
  return `${(ns / 1000).toFixed(ns < 10_000 ? 1 : 0)} µs`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
