import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, VirtualNs } from "../clock/clock.js";

const NS_PER_MS = 1e6;

/** The virtual nanoseconds from `origin` to now. */
export function since(clock: Clock, origin: VirtualNs): number {
  return Number(clock.now().virtualNs - origin);
}

/** Real milliseconds that a virtual duration takes. */
export function realMs(clock: Clock, virtualNs: number): number {
  return (virtualNs / NS_PER_MS) * (Number(clock.tdf.num) / Number(clock.tdf.den));
}

/** Waits until the clock shows `target`, never less. Rejects with an AbortError. */
export async function sleepUntil(clock: Clock, target: VirtualNs, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const leftNs = Number(target - clock.now().virtualNs);
    if (leftNs <= 0) return;
    // Node's timers hold 31 bits of milliseconds.
    await sleep(Math.min(Math.ceil(realMs(clock, leftNs)), 2 ** 31 - 1), undefined, { signal });
  }
}

/**
 * The outcome of `work`, or a failure as soon as `limitNs` of virtual time have passed; the work itself goes on.
 * @param tooLate makes the error of that failure
 */
export async function within<T>(
  clock: Clock,
  limitNs: number,
  signal: AbortSignal,
  work: Promise<T>,
  tooLate: () => Error,
): Promise<T> {
  const over = new AbortController();
  const deadline = clock.now().virtualNs + BigInt(Math.round(limitNs));
  const late = sleepUntil(clock, deadline, AbortSignal.any([signal, over.signal])).then(() => {
    throw tooLate();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
