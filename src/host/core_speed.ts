import { loadNative } from "../native.js";

/**
 * How fast one core of this host is: steps per second of a fixed loop (native/addon/core_speed.cpp). Recorded with a run,
 * so that a replay on another host can give guests the same perceived speed.
 */
export interface CoreSpeed {
  /** Speeds of different versions cannot be compared. */
  readonly version: number;
  readonly stepsPerSecond: number;
}

const CALIBRATION_VERSION = 1;
const ROUNDS = 7;

// Below this two measurements of one core may differ by themselves.
const NOISE = 0.05;

/** Measures for about 0.15 s. The best round counts: interruptions only ever slow it down. */
export function measureCoreSpeed(): CoreSpeed {
  const { coreSpeed } = loadNative();
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) best = Math.max(best, coreSpeed());
  return { version: CALIBRATION_VERSION, stepsPerSecond: best };
}

/**
 * By how much a share of `here` must differ from one of `reference` to be as fast; exactly 1 for what may be the same
 * processor measured twice, undefined if the two cannot be compared.
 */
export function speedRatio(reference: CoreSpeed, here: CoreSpeed): number | undefined {
  if (reference.version !== here.version) return undefined;
  const ratio = reference.stepsPerSecond / here.stepsPerSecond;
  return Math.abs(ratio - 1) < NOISE ? 1 : ratio;
}
