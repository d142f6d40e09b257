import { multiply, type Ratio, ratio, round } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/** The real bandwidth under which `perceivedBps` bits per second are perceived: divided by the TDF. */
export function realBandwidthBps(perceivedBps: number, tdf: Tdf): number {
  return scaled(perceivedBps, { num: tdf.den, den: tdf.num });
}

/** The real duration that is perceived as `perceivedNs`: times the TDF. For latency and jitter, and time in general. */
export function realDurationNs(perceivedNs: number, tdf: Tdf): number {
  return scaled(perceivedNs, tdf);
}

/** To the nearest whole one. */
function scaled(value: number, factor: Ratio): number {
  return value <= 0 ? 0 : Number(round(multiply(ratio(BigInt(Math.round(value)), 1n), factor)));
}
