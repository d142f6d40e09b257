import type { DiskBackendCounters, DiskCounters } from "../host/disks/backend.js";
import { requestsOf } from "../metrics/disk_usage.js";
import { plannedDisks } from "../plan/disks.js";
import type { Plan } from "../plan/plan.js";
import { toNumber } from "../scale/ratio.js";
import { type Finding, micro } from "./finding.js";
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
  /** By the models; 0 without requests. */
  readonly meanServiceVirtualNs: number;
  /** What the mean service time allows. */
  readonly latenessLimitVirtualNs: number;
}

/** A late reply matters against the time that the drive itself took. */
const LATENESS_SHARE = 0.05;
/** Of fewer one cannot say what 1 in 100 was. */
const LEAST_REQUESTS = 100;

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
    return { disk: names[i] ?? `disk ${i}`, ...timeliness(lateness, [before], [after]) };
  });
  const judged = each.filter(({ requests }) => requests >= LEAST_REQUESTS);
  const late = latenessBetween(begin.latenessRealNs, end.latenessRealNs, tdf);
  return {
    ...timeliness(late.quantiles, begin.disks, end.disks),
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
  const { latenessVirtualNs, latenessLimitVirtualNs } = disks.worst ?? disks;
  const excess = excessOf(disks.worst ?? disks);
  const [late, limit] = [latenessVirtualNs.p99, latenessLimitVirtualNs].map(micro);
  return [
    {
      reason: `1 of 100 replies of ${disks.worst?.disk ?? "disks"} was more than ${late} late (virtual), where ${limit} are allowed`,
      excess,
      tdfFactor: excess === 0 ? undefined : excess,
    },
    {
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
): Timeliness {
  const requests = total(end, requestsOf) - total(begin, requestsOf);
  const service = (disks: readonly DiskCounters[]) => total(disks, (disk) => disk.serviceVirtualNs);
  const meanServiceVirtualNs = requests === 0 ? 0 : (service(end) - service(begin)) / requests;
  return {
    requests,
    latenessVirtualNs,
    meanServiceVirtualNs,
    latenessLimitVirtualNs: LATENESS_SHARE * meanServiceVirtualNs,
  };
}

function excessOf({ latenessVirtualNs, latenessLimitVirtualNs }: Timeliness): number {
  return latenessLimitVirtualNs === 0 ? 0 : latenessVirtualNs.p99 / latenessLimitVirtualNs;
}

function total(disks: readonly DiskCounters[], count: (disk: DiskCounters) => number): number {
  return disks.reduce((sum, disk) => sum + count(disk), 0);
}
