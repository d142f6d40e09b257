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
