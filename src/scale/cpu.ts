import { DieCastError } from "../errors.js";
import { parsePositive } from "./positive.js";
import { compare, divide, formatRatio, multiply, type Ratio, ratio, round, toNumber } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/** Perceived host cores. */
export type Cores = Ratio & { readonly quantity?: "cores" };

/** A CFS bandwidth limit: `quotaUs` of processor time in each `periodUs`, both real. */
export interface CpuBandwidth {
  readonly periodUs: bigint;
  readonly quotaUs: bigint;
}

/**
 * How long a turn on a processor is at most, that is the quota. In short turns a guest answers nearly as soon at every TDF: it works at the host's speed
 * in them, TDF times too fast. In long ones less of its time goes to caches that have gone cold since the last, which is more of it
 * the longer ago that is.
 */
export type TurnLength = "short" | "long";

const ONE = ratio(1n, 1n);
const RANGE = { least: ratio(1n, 1000n), most: ratio(4096n, 1n) };

// The kernel's limits for both (kernel/sched/core.c: min_cfs_quota_period, max_cfs_quota_period).
const LEAST_US = 1000n;
const MOST_US = 1_000_000n;

/**
 * At TDF 10 servers' pages took 1.46 times the processor time of TDF 1 in turns of 1 ms, 1.11 times in turns of 4 ms, and no less in turns of
 * 10 ms than in those of 4 (experiments/auction, docs/validation.md).
 */
const LONG_TURN_US = 4000n;

/** In half a virtual second, after which shares may be changed (src/run/steady_cores.ts), there are to be some of them. */
const LONG_VIRTUAL_US = 50_000n;

/**
 * The kernel looks whether a quota is used up at its tick (kernel/sched/fair.c: account_cfs_rq_runtime, from task_tick),
 * every 4 ms at the usual 250 Hz, and takes what was too much from the next periods. Where what is left of a period
 * behind its quota is shorter than that, quotas are lost: 2 ms in 4 ms came to 0.41 cores instead of 0.5, 6 ms in 8 ms
 * to 0.65 instead of 0.75; 4 ms in 8 ms and 12 ms in 16 ms to what was asked. Runs have it look each millisecond
 * (native/tick), and then shorter periods are kept to as well; but the caches of a longer turn are warmer.
 */
const TICK_US = 4000n;

/** A virtual period longer than this would be felt by people; what is that near to whole processors loses a little. */
const MOST_VIRTUAL_US = 100_000n;

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
 * The bandwidth limit under which a tree perceives `cores`: a share of cores ÷ TDF. The virtual period is the same at
 * every TDF from 1, so that throttling looks the same, and the shortest that the kernel keeps to and that has such turns (virtualPeriodUs).
 * @throws DieCastError `invalid-option` when the kernel cannot divide time that finely
 */
export function cpuBandwidth(
  cores: Cores,
  tdf: Tdf,
  option: string,
  turns: TurnLength = "short",
): CpuBandwidth {
  const share = divide(cores, tdf);
  const period = round(multiply(virtualPeriodUs(cores, turns), tdf));
  const least = round(virtualPeriodUs(share, "short"));
  const periodUs = period < least ? least : period > MOST_US ? MOST_US : period;
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

/** More or fewer cores, by a factor that was measured: six digits are more than such a one has. */
export function times(cores: Cores, factor: number): Cores {
  return multiply(cores, ratio(BigInt(Math.max(1, Math.round(factor * 1e6))), 1_000_000n));
}

/**
 * The limit under which a tree has `factor` times its share of processors, as far as it can: no more than a whole processor for each of its
 * cores, since a thread runs on one, and no less than the kernel gives.
 * @returns with the factor that it has then
 */
export function timesShare(
  cores: Cores,
  tdf: Tdf,
  factor: number,
  turns: TurnLength,
): { readonly bandwidth: CpuBandwidth; readonly factor: number } {
  const share = toNumber(cores) / toNumber(tdf);
  // Rounded up: the digits that times() leaves out may not bring it below.
  const least = Math.ceil((Number(LEAST_US) / Number(MOST_US) / share) * 1e6) / 1e6;
  // Below TDF 1 its share is more than that anyhow, for who has as many threads.
  const most = Math.max(Math.ceil(toNumber(cores)) / share, 1);
  const given = Math.max(Math.min(factor, most), least);
  return { bandwidth: cpuBandwidth(times(cores, given), tdf, "cpu", turns), factor: given };
}

/**
 * At least the turn, whose floor is the kernel's 1 ms, ÷ cores; and so long that busy processors, the fewest that exceed the cap, have used
 * up the quota a tick before the period's end.
 */
function virtualPeriodUs(cores: Cores, turns: TurnLength): Ratio {
  const processors = cores.num / cores.den + 1n;
  const rest = ratio(processors * cores.den - cores.num, cores.den * processors);
  const forTick = divide(ratio(TICK_US, 1n), rest);
  const floor = divide(ratio(LEAST_US, 1n), cores);
  const most = longer(floor, ratio(MOST_VIRTUAL_US, 1n));
  const forTurn = turns === "short" ? floor : longer(floor, longTurnsUs(cores));
  return shorter(longer(forTurn, forTick), most);
}

function longTurnsUs(cores: Cores): Ratio {
  return shorter(divide(ratio(LONG_TURN_US, 1n), cores), ratio(LONG_VIRTUAL_US, 1n));
}

function longer(one: Ratio, other: Ratio): Ratio {
  return compare(one, other) > 0 ? one : other;
}

function shorter(one: Ratio, other: Ratio): Ratio {
  return compare(one, other) > 0 ? other : one;
}
