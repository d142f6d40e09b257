import { coreStepsPerSecond } from "../host/core_reading.js";
import type { PulseReading } from "../host/pulse.js";
import { type Finding, micro, percent, UNMEASURED } from "./finding.js";
import { type Lateness, latenessBetween, type VirtualBins } from "./lateness.js";

/** Whether the host gave guests the processors and the time that they were to have. */
export interface HostFidelity {
  /** How long who wanted a processor waited for it, as guests perceive it; null where that could not be told. */
  readonly waitVirtualNs: Lateness | null;
  /** The same as a histogram; null likewise. */
  readonly waitBinsVirtualNs: VirtualBins | null;
  readonly waitLimitVirtualNs: number;
  /** By how much the clock that guests' time goes by was faster than the hardware's; null where that could not be told. */
  readonly clockRateError: number | null;
  /**
   * How fast the host's cores were, in the mean (diecast-pulse's loop, not that of host.json's coreSpeed); null where that could
   * not be told. By itself it means nothing: it is for comparing runs on one host, whose cores may be faster at one time than at another.
   */
  readonly coreStepsPerSecond: number | null;
}

/** What a machine whose processor is at work lets others wait for it now and then: the scheduler's slice (base_slice_ns). */
const LEAST_WAIT_NS = 3e6;
/** In that many real ns diecast-pulse wants a processor ten times. */
const LEAST_SEEN_NS = 50e6;
/** ntpd and chrony change a clock by 500 in a million at most, unless it is far off. */
const CLOCK_ERROR = 1e-3;

/**
 * Judges a phase by what was counted at its borders.
 * @param realNs how long it took
 * @param allowedNs what of the model's latencies may be lost, virtual
 */
export function judgeHost(
  begin: PulseReading | undefined,
  end: PulseReading | undefined,
  realNs: number,
  tdf: number,
  allowedNs: number,
): HostFidelity {
  const waitLimitVirtualNs = Math.max(allowedNs, LEAST_WAIT_NS);
  if (begin === undefined || end === undefined) {
    return {
      waitVirtualNs: null,
      waitBinsVirtualNs: null,
      waitLimitVirtualNs,
      clockRateError: null,
      coreStepsPerSecond: null,
    };
  }
  const rawNs = end.rawNs - begin.rawNs;
  const waits = latenessBetween(begin.waitRealNs, end.waitRealNs, tdf);
  // It is counted when it ends: who had no processor once has waited all the time.
  const never = waits.bins.length === 0 && realNs > LEAST_SEEN_NS;
  const all = realNs / tdf;
  return {
    waitVirtualNs: never ? { p50: all, p99: all, max: all } : waits.quantiles,
    waitBinsVirtualNs: never ? [[all, 1]] : waits.bins,
    waitLimitVirtualNs,
    clockRateError: rawNs > 0 ? (end.monotonicNs - begin.monotonicNs) / rawNs - 1 : null,
    coreStepsPerSecond: coreStepsPerSecond(begin, end) ?? null,
  };
}

/** What of it speaks against the run. */
export function hostFindings({ waitVirtualNs, waitLimitVirtualNs, clockRateError }: HostFidelity): Finding[] {
  const p99 = waitVirtualNs?.p99 ?? 0;
  const error = clockRateError ?? 0;
  return [
    {
      instrument: "waits",
      reason: "how long guests waited for processors was not measured",
      excess: waitVirtualNs === null ? UNMEASURED : 0,
      tdfFactor: undefined,
    },
    {
      instrument: "waits",
      reason: `1 of 100 times a guest waited more than ${micro(p99)} (virtual) for a processor it was to have, where ${micro(waitLimitVirtualNs)} are allowed`,
      excess: p99 / waitLimitVirtualNs,
      tdfFactor: p99 / waitLimitVirtualNs,
    },
    {
      instrument: "clock",
      reason: `somebody set the host's clock: it went ${percent(Math.abs(error), 2)} too ${error > 0 ? "fast" : "slow"}`,
      excess: Math.abs(error) / CLOCK_ERROR,
      tdfFactor: undefined,
    },
  ];
}
