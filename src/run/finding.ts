/** What may speak against a run. */
export interface Finding {
  readonly reason: string;
  /** Above 1 it is doubtful, well above it not to be trusted (fidelity.ts). */
  readonly excess: number;
  /** Whether it is less by as much as the TDF is larger. */
  readonly scales: boolean;
}

export function micro(ns: number): string {
  return `${(ns / 1000).toFixed(ns < 10_000 ? 1 : 0)} µs`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
