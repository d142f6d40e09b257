import { DieCastError } from "../errors.js";
import { parsePositive } from "./positive.js";
import { compare, divide, formatRatio, multiply, type Ratio, ratio, round } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/** Perceived host cores. */
export type Cores = Ratio & { readonly quantity?: "cores" };

/** A CFS bandwidth limit: `quotaUs` of processor time in each `periodUs`, both real. */
export interface CpuBandwidth {
  readonly periodUs: bigint;
  readonly quotaUs: bigint;
}

const ONE = ratio(1n, 1n);
const RANGE = { least: ratio(1n, 1000n), most: ratio(4096n, 1n) };

// The kernel's limits for both (kernel/sched/core.c: min_cfs_quota_period, max_cfs_quota_period).
const LEAST_US = 1000n;
const MOST_US = 1_000_000n;

/**
 * Reads a number of perceived cores: `1`, `0.5`, `3/4`.
 * @throws DieCastError `invalid-option`, naming `option`
 */
export function parseCores(value: unknown, option: string): Cores {
  return parsePositive(value, option, RANGE, "1, 0.5 or 3/4");
}

/**
 * How CPU-time clocks run: virtual = real × this. A guest that keeps its core busy sees 100 %, so a core capped at
 * `cores` < 1 counts as a whole one.
 */
export function cpuClockScale(tdf: Tdf, cores?: Cores): Ratio {
  if (cores === undefined) return divide(ONE, tdf);
  return compare(cores, ONE) < 0 ? divide(ONE, cores) : ONE;
}

/**
 * The bandwidth limit under which a tree perceives `cores`: a share of cores ÷ TDF. The virtual period is
 * max(1 ms, 1 ms ÷ cores), the same at every TDF, so that throttling looks the same at every TDF.
 * @throws DieCastError `invalid-option` when the kernel cannot divide time that finely
 */
export function cpuBandwidth(cores: Cores, tdf: Tdf, option: string): CpuBandwidth {
  const share = divide(cores, tdf);
  const leastPeriod = ratio(LEAST_US, 1n);
  const virtualPeriod = compare(cores, ONE) < 0 ? divide(leastPeriod, cores) : leastPeriod;
  const period = round(multiply(virtualPeriod, tdf));
  const periodUs = period < LEAST_US ? LEAST_US : period > MOST_US ? MOST_US : period;
  const quotaUs = round(multiply(share, ratio(periodUs, 1n)));
  if (quotaUs < LEAST_US) {
    const least = divide(multiply(tdf, ratio(LEAST_US, 1n)), ratio(MOST_US, 1n));
    throw new DieCastError(
      "invalid-option",
      `${option}: at TDF ${formatRatio(tdf)} the least number of cores is ${formatRatio(least)}, got ${formatRatio(cores)}: ` +
        "the kernel gives out at least 1 ms of processor time a second",
    );
  }
  return { periodUs, quotaUs };
}
