import type { ColdCurve } from "../scale/cold_caches.js";

/** How long a processor took to go through lines of memory after a rest, whenever that was tried (native/pulse/cold_lines.h). Real time. */
export interface ColdReading {
  readonly passes: number;
  /** Of all these. */
  readonly restNs: number;
  readonly passNs: number;
}

/** How fast a processor was whenever it was tried (native/pulse/core_speed.h). */
export interface CoreReading {
  readonly processor: number;
  readonly probes: number;
  /** Of all these, in steps per second. */
  readonly speedSum: number;
  /** After several lengths of rest, the shortest first. */
  readonly cold: readonly ColdReading[];
}

/** Of each processor that guests may use. */
export interface TriedCores {
  readonly cores: readonly CoreReading[];
}

/**
 * How fast the host's cores were between two readings, in the mean: steps per second of diecast-pulse's loop, which has
 * nothing to do with those of core_speed.ts. Undefined where none was tried.
 */
export function coreStepsPerSecond(begin: TriedCores, end: TriedCores): number | undefined {
  const speeds = end.cores.flatMap(({ probes, speedSum }, core) => {
    const before = begin.cores[core];
    const tried = probes - (before?.probes ?? 0);
    return tried > 0 ? [(speedSum - (before?.speedSum ?? 0)) / tried] : [];
  });
  return speeds.length === 0 ? undefined : speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
}

/** In one pass: native/pulse/cold_lines.h. */
const LINES = 384;

/** What a line of memory costs after rests, in the mean over the host's cores between two readings; without those rests that were not tried. */
export function coldCurve(begin: TriedCores, end: TriedCores): ColdCurve {
  const lengths = Math.max(0, ...end.cores.map(({ cold }) => cold.length));
  return Array.from({ length: lengths }, (_, rest) => {
    const total = { passes: 0, restNs: 0, passNs: 0 };
    end.cores.forEach(({ cold }, core) => {
      const before = begin.cores[core]?.cold[rest];
      for (const key of ["passes", "restNs", "passNs"] as const)
        total[key] += (cold[rest]?.[key] ?? 0) - (before?.[key] ?? 0);
    });
    return { restNs: total.restNs / total.passes, lineNs: total.passNs / total.passes / LINES };
  }).filter(({ restNs }) => restNs > 0);
}
