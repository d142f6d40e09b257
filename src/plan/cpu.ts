import { DieCastError } from "../errors.js";
import { type Cores, cpuBandwidth, times } from "../scale/cpu.js";
import { compare, divide, formatRatio, type Ratio, ratio, toNumber } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";
import type { GuestGroup } from "../spec/experiment.js";
import type { PlannedGuest } from "./plan.js";

/** Quota over period at the least: 1 ms each second (src/scale/cpu.ts). */
const LEAST_SHARE = ratio(1n, 1000n);

/**
 * A machine's cores in cores of this host.
 * @param factor the reference host's core speed ÷ this host's
 */
export function coresHere(cores: Cores, factor: number): Cores {
  return factor === 1 ? cores : times(cores, factor);
}

/** @throws DieCastError `invalid-experiment` for a share so small that the kernel cannot give it */
export function planCpu(group: GuestGroup, tdf: Tdf, factor: number): PlannedGuest["cpu"] {
  const { cores } = group.machine;
  if (cores === undefined) return undefined;
  const here = coresHere(cores, factor);
  const most = greatestTdf(here);
  if (compare(tdf, most) > 0) {
    throw new DieCastError(
      "invalid-experiment",
      `guest ${group.name}: expected a TDF of at most ${formatDecimal(most)} with cpu ${formatDecimal(cores)}, got ` +
        `${formatDecimal(tdf)}: the kernel gives out at least 1 ms of processor time a second`,
    );
  }
  return { cores: here, bandwidth: cpuBandwidth(here, tdf, `guest ${group.name}: cpu`) };
}

/** Up to which TDF a share can be divided. */
export function greatestTdf(cores: Cores): Ratio {
  return divide(cores, LEAST_SHARE);
}

/** For messages: 2.5 rather than 5/2, unless that takes too many digits. */
export function formatDecimal(value: Ratio): string {
  const text = String(Number(toNumber(value).toPrecision(6)));
  return /e/.test(text) ? formatRatio(value) : text;
}
