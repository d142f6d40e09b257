import { type Finding, percent } from "./finding.js";
import type { SteadyReading } from "./steady_cores.js";

/** Whether guests' cores were as fast as `--steady-cores` asked for. */
export interface SteadyFidelity {
  /** What was asked for, in steps per second of diecast-pulse's loop. */
  readonly stepsPerSecond: number;
  /** How much of it guests had, in the mean, and the one that had least; null where the phase was too short to tell, or no guest has a `cpu`. */
  readonly delivered: number | null;
  readonly least: number | null;
  /**
   * What part of guests' time did something, in the mean: the rest went to caches gone cold (src/scale/cold_caches.ts). Null also where the kernel did not
   * tell: then it is not made up for.
   */
  readonly warm: number | null;
  /** The same of the time in which they used up their shares, which are made larger by that. */
  readonly warmAtLimit: number | null;
  /** Of how many guests was known how much memory they touch, of those with a `cpu`: of the others the usual is assumed. At TDF 1 and below that is not asked. */
  readonly footprints: number;
  readonly guests: number;
  /** In how many windows that was seen, and how long each is, real. */
  readonly windows: number;
  readonly windowMs: number;
}

/** Half of the usual margin. */
const ERROR = 0.025;
/** What is missed in a window is made up for in the next ones: of the last there is some left. */
const ERROR_LEFT = 0.3;
/** Where caches take more than what is left, they have a part in it. */
const COLD = 0.95;

/** Undefined where nothing was asked for. */
export function judgeSteadyCores(
  begin: SteadyReading | undefined,
  end: SteadyReading | undefined,
): SteadyFidelity | undefined {
  if (begin === undefined || end === undefined) return undefined;
  const windowsNs = end.windowsNs - begin.windowsNs;
  const shares = end.deliveredNs.map((ns, guest) => (ns - (begin.deliveredNs[guest] ?? 0)) / windowsNs);
  const isKnown = windowsNs > 0 && shares.length > 0;
  return {
    stepsPerSecond: end.stepsPerSecond,
    delivered: isKnown ? mean(shares) : null,
    least: isKnown ? shares.reduce((one, other) => Math.min(one, other)) : null,
    warm: isKnown ? part(begin.warmNs, end.warmNs, windowsNs) : null,
    warmAtLimit: isKnown ? part(begin.warmAtLimitNs, end.warmAtLimitNs, windowsNs) : null,
    footprints: end.pages.filter((pages) => pages !== undefined).length,
    guests: end.pages.length,
    windows: end.windows - begin.windows,
    windowMs: end.windowMs,
  };
}

function part(begin: readonly number[], end: readonly number[], windowsNs: number): number | null {
  const parts = end.map((ns, guest) => (ns - (begin[guest] ?? 0)) / windowsNs);
  return parts.every(Number.isFinite) ? mean(parts) : null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param realNs how long the phase took */
export function steadyFindings(
  { stepsPerSecond, delivered, least, warmAtLimit, windows, windowMs }: SteadyFidelity,
  realNs: number,
): Finding[] {
  const steps = `${stepsPerSecond.toPrecision(3)} steps/s`;
  const asked = Math.floor(realNs / 1e6 / windowMs);
  const found: Finding[] = [
    {
      instrument: "cores",
      reason: `guests' cores followed ${steps} for ${percent(windows / Math.max(asked, 1))} of the time only: the speed of the host's could not be told`,
      // Where it never could, guests had what they were not to have.
      excess: asked > 1 ? asked / (2 * windows) : 0,
      tdfFactor: undefined,
    },
  ];
  if (delivered === null || least === null) return found;
  const limit = ERROR + ERROR_LEFT / windows;
  const slow = (warmAtLimit ?? 1) < COLD ? "slow, and their caches too cold," : "slow";
  return [
    ...found,
    {
      instrument: "cores",
      reason: `guests' cores did ${percent(delivered)} of the ${steps} asked for: the host's were too ${delivered < 1 ? slow : "fast"} for it`,
      excess: Math.abs(delivered - 1) / limit,
      // At a larger one each has a smaller share of a processor, and there is room to make it larger.
      tdfFactor: delivered < 1 ? 1 / delivered : undefined,
    },
    {
      instrument: "cores",
      reason: `a guest's cores did ${percent(least)} of the ${steps} asked for: the host's were too ${slow} for it`,
      // Of many guests one is always behind the most.
      excess: (1 - least) / (2 * limit),
      tdfFactor: 1 / least,
    },
  ];
}
