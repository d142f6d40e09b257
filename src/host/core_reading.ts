/** How fast a processor was whenever it was tried (native/pulse/core_speed.h). */
export interface CoreReading {
  readonly processor: number;
  readonly probes: number;
  /** Of all these, in steps per second. */
  readonly speedSum: number;
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
