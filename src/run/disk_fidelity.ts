import type { DiskBackendCounters, DiskCounters } from "../host/disks/backend.js";
import { requestsOf } from "../metrics/disk_usage.js";
import { plannedDisks } from "../plan/disks.js";
import type { Plan } from "../plan/plan.js";
import { toNumber } from "../scale/ratio.js";
import { atMostDoubtful, ENOUGH_VALUES, type Finding, latenessFinding, micro } from "./finding.js";
import { type Lateness, latenessBetween, type VirtualBins } from "./lateness.js";

/** How far the guests' disks can be trusted. */
export interface DiskFidelity extends Timeliness {
  /** The disk whose replies were latest against its own drive's time; null where none had requests enough to tell. */
  readonly worst: (Timeliness & { readonly disk: string }) | null;
  /** `latenessVirtualNs` of all disks as a histogram. */
  readonly latenessBinsVirtualNs: VirtualBins;
  /** What the way to the drives and back takes, real; replies leave so much before they are due. */
  readonly pathRealNs: number;
  /** Replies that were due before the host's disk was done. */
  readonly lateByHostDisk: number;
  /** Requests that the host failed, from when the disks were made to the end of the phase: what is lost stays lost. */
  readonly failed: number;
}

/** Of one disk, or all. */
interface Timeliness {
  readonly requests: number;
  /** How late replies were, as guests perceive it. */
  readonly latenessVirtualNs: Lateness;
  /** 0 without requests. */
  readonly meanLatenessVirtualNs: number;
  /** By the models; 0 without requests. */
  readonly meanServiceVirtualNs: number;
  /** What the mean service time allows of the mean lateness. */
  readonly meanLatenessLimitVirtualNs: number;
  /** What it allows 99 of 100. */
  readonly latenessLimitVirtualNs: number;
}

/** A late reply matters against the time that the drive itself took: all times grow by the share that the mean is late by. */
const MEAN_SHARE = 0.05;
/** One reply in a hundred that is late moves no mean; a quarter of the drive's time is within what its own replies differ by. */
const TAIL_SHARE = 0.25;

/** Judges a phase by what was counted at its borders; undefined where there are no disks. */
export function judgeDisks(
  plan: Plan,
  begin: DiskBackendCounters | undefined,
  end: DiskBackendCounters | undefined,
): DiskFidelity | undefined {
  if (begin === undefined || end === undefined) return undefined;
  const tdf = toNumber(plan.tdf);
  const names = plannedDisks(plan).map(({ name }) => name);
  const each = end.disks.map((after, i) => {
    const before = begin.disks[i] as DiskCounters;
    const lateness = latenessBetween(before.latenessRealNs, after.latenessRealNs, tdf).quantiles;
    return { disk: names[i] ?? `disk ${i}`, ...timeliness(lateness, [before], [after], tdf) };
  });
  const judged = each.filter(({ requests }) => requests >= ENOUGH_VALUES);
  const late = latenessBetween(begin.latenessRealNs, end.latenessRealNs, tdf);
  return {
    ...timeliness(late.quantiles, begin.disks, end.disks, tdf),
    worst: judged.sort((a, b) => excessOf(b) - excessOf(a))[0] ?? null,
    latenessBinsVirtualNs: late.bins,
    pathRealNs: end.pathRealNs,
    lateByHostDisk: total(end.disks, ({ ioLate }) => ioLate) - total(begin.disks, ({ ioLate }) => ioLate),
    failed: total(end.disks, ({ errors }) => errors),
  };
}

/** What of it speaks against the run. */
export function diskFindings(disks: DiskFidelity): Finding[] {
  // A fast drive's lateness would not show among many slow ones'. All together where there is little of each.
  const judged = disks.worst ?? disks;
  const { requests, latenessVirtualNs, latenessLimitVirtualNs } = judged;
  const whose = `replies of ${disks.worst?.disk ?? "disks"}`;
  const { mean } = excessesOf(judged);
  const [late, limit] = [judged.meanLatenessVirtualNs, judged.meanLatenessLimitVirtualNs].map(micro);
  return [
    {
      instrument: "disks",
      reason: `${whose} were on the mean ${late} late (virtual), where ${limit} are allowed`,
      excess: requests < ENOUGH_VALUES ? atMostDoubtful(mean) : mean,
      tdfFactor: mean === 0 ? undefined : mean,
    },
    latenessFinding("disks", whose, latenessVirtualNs, requests, latenessLimitVirtualNs),
    {
      instrument: "disks",
      reason: `the host failed ${disks.failed} requests to guests' disks`,
      excess: disks.failed === 0 ? 0 : Number.POSITIVE_INFINITY,
      tdfFactor: undefined,
    },
  ];
}

function timeliness(
  latenessVirtualNs: Lateness,
  begin: readonly DiskCounters[],
  end: readonly DiskCounters[],
  tdf: number,
): Timeliness {
  const requests = total(end, requestsOf) - total(begin, requestsOf);
  const mean = (count: (disk: DiskCounters) => number) =>
    requests === 0 ? 0 : (total(end, count) - total(begin, count)) / requests;
  const meanServiceVirtualNs = mean((disk) => disk.serviceVirtualNs);
  return {
    requests,
    latenessVirtualNs,
    meanLatenessVirtualNs: mean((disk) => disk.lateRealNs) / tdf,
    meanServiceVirtualNs,
    meanLatenessLimitVirtualNs: MEAN_SHARE * meanServiceVirtualNs,
    latenessLimitVirtualNs: TAIL_SHARE * meanServiceVirtualNs,
  };
}

function excessesOf(one: Timeliness): { readonly mean: number; readonly tail: number } {
  const share = (value: number, limit: number) => (limit === 0 ? 0 : value / limit);
  return {
    mean: share(one.meanLatenessVirtualNs, one.meanLatenessLimitVirtualNs),
    tail: share(one.latenessVirtualNs.p99, one.latenessLimitVirtualNs),
  };
}

function excessOf(one: Timeliness): number {
  const { mean, tail } = excessesOf(one);
  return Math.max(mean, tail);
}

function total(disks: readonly DiskCounters[], count: (disk: DiskCounters) => number): number {
  return disks.reduce((sum, disk) => sum + count(disk), 0);
}
