import type { DiskBackendCounters } from "../host/disks/backend.js";
import { requestsOf } from "../metrics/disk_usage.js";
import { type Finding, micro } from "./finding.js";
import { type Lateness, latenessBetween, type VirtualBins } from "./lateness.js";

/** How far the guests' disks can be trusted. */
export interface DiskFidelity {
  readonly requests: number;
  /** How late replies were, as guests perceive it. */
  readonly latenessVirtualNs: Lateness;
  /** The same as a histogram. */
  readonly latenessBinsVirtualNs: VirtualBins;
  /** What the way to the drives and back takes, real; replies leave so much before they are due. */
  readonly pathRealNs: number;
  /** By the models; 0 without requests. */
  readonly meanServiceVirtualNs: number;
  /** What the drives' mean service time allows. */
  readonly latenessLimitVirtualNs: number;
  /** Replies that were due before the host's disk was done. */
  readonly lateByHostDisk: number;
  /** Requests that the host failed. */
  readonly failed: number;
}

/** A late reply matters against the time that the drive itself took. */
const LATENESS_SHARE = 0.05;

/** Judges a phase by what was counted at its borders; undefined where there are no disks. */
export function judgeDisks(
  begin: DiskBackendCounters | undefined,
  end: DiskBackendCounters | undefined,
  tdf: number,
): DiskFidelity | undefined {
  if (begin === undefined || end === undefined) return undefined;
  const late = latenessBetween(begin.latenessRealNs, end.latenessRealNs, tdf);
  const grown = (count: (disk: DiskBackendCounters["disks"][number]) => number) =>
    sum(end.disks.map(count)) - sum(begin.disks.map(count));
  const requests = grown(requestsOf);
  const meanServiceVirtualNs = requests === 0 ? 0 : grown((disk) => disk.serviceVirtualNs) / requests;
  return {
    requests,
    pathRealNs: end.pathRealNs,
    latenessVirtualNs: late.quantiles,
    latenessBinsVirtualNs: late.bins,
    meanServiceVirtualNs,
    latenessLimitVirtualNs: LATENESS_SHARE * meanServiceVirtualNs,
    lateByHostDisk: grown((disk) => disk.ioLate),
    failed: grown((disk) => disk.errors),
  };
}

/** What of it speaks against the run. */
export function diskFindings(disks: DiskFidelity): Finding[] {
  const { p99 } = disks.latenessVirtualNs;
  const limit = disks.latenessLimitVirtualNs;
  return [
    {
      reason: `1 of 100 replies of disks was more than ${micro(p99)} late (virtual), where ${micro(limit)} are allowed`,
      excess: limit === 0 ? 0 : p99 / limit,
      tdfFactor: limit === 0 ? undefined : p99 / limit,
    },
    {
      reason: `the host failed ${disks.failed} requests to guests' disks`,
      excess: disks.failed === 0 ? 0 : Number.POSITIVE_INFINITY,
      tdfFactor: undefined,
    },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
