import { setTimeout as sleep } from "node:timers/promises";
import { DieCastError } from "../errors.js";
import { keepAwake } from "./awake.js";
import { coreStepsPerSecond } from "./core_reading.js";
import { type Pulse, startPulse } from "./pulse.js";

/** Neighbours on a shared machine come and go within seconds. */
const MEASURE_MS = 4000;

/**
 * How fast the host's cores are now: steps per second of diecast-pulse's loop. What `--steady-cores` without a number takes.
 * @param allowIdle let the processors sleep, as the runs will
 * @throws DieCastError `failed` if it cannot be told; the signal's reason
 */
export async function presentStepsPerSecond(allowIdle: boolean, signal: AbortSignal): Promise<number> {
  const id = `speed-${process.pid}`;
  const awake = allowIdle ? undefined : await keepAwake(id);
  let pulse: Pulse | undefined;
  try {
    pulse = await startPulse(id);
    const before = await pulse?.read();
    await sleep(MEASURE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    const after = await pulse?.read();
    const speed = before && after && coreStepsPerSecond(before, after);
    if (speed === undefined) throw new DieCastError("failed", "the speed of the host's cores cannot be told");
    return Math.round(speed);
  } finally {
    await pulse?.close();
    await awake?.close();
  }
}
