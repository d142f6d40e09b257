import type { DiskBackendCounters } from "../host/disks/backend.js";
import { requestsOf } from "../metrics/disk_usage.js";
import { plannedDisks } from "../plan/disks.js";
import type { Plan } from "../plan/plan.js";
import { toNumber } from "../scale/ratio.js";
import { atMostDoubtful, type Finding, percent } from "./finding.js";
import type { Instruments } from "./instruments.js";

/** What a guest read from its disks again only because the host had taken it out of memory, which no machine of its own would do. */
export interface Rereads {
  readonly guest: string;
  /** Pages of files that came back. */
  readonly filePages: number;
  /** Share of the phase for which its disks were at work for them, at most: one read brings several pages. */
  readonly diskShare: number;
}

/** Where disks are at work so much longer, so are those that wait for them. */
const DISK_SHARE = 0.05;

/**
 * The guest of which there was most. One whose memory was ever full is left out: it has lost pages by itself, as it would
 * have in a machine of that size.
 */
export function judgeRereads(plan: Plan, begin: Instruments, end: Instruments): Rereads | undefined {
  if (begin.disks === undefined || end.disks === undefined) return undefined;
  const phaseVirtualNs = Number(end.realNs - begin.realNs) / toNumber(plan.tdf);
  const work = workOfGuests(plan, begin.disks, end.disks);
  const found = [...(end.refaults ?? [])].flatMap(([guest, after]): Rereads[] => {
    const before = begin.refaults?.get(guest);
    const own = work.get(guest);
    if (before === undefined || after === undefined || own === undefined || after.limitHits > 0) return [];
    const filePages = after.filePages - before.filePages;
    const reads = Math.min(filePages, own.reads);
    if (reads === 0) return [];
    const meanServiceVirtualNs = own.serviceVirtualNs / own.requests;
    return [{ guest, filePages, diskShare: (reads * meanServiceVirtualNs) / phaseVirtualNs }];
  });
  return found.sort((one, other) => other.diskShare - one.diskShare)[0];
}

/** What of it speaks against the run: not by itself, as it is the most that it can be. */
export function rereadFinding({ guest, filePages, diskShare }: Rereads): Finding {
  return {
    instrument: "rereads",
    reason: `the host had taken from ${guest}'s memory what it read again (${filePages} pages): its disks were at work up to ${percent(diskShare)} of the time for that`,
    excess: atMostDoubtful(diskShare / DISK_SHARE),
    tdfFactor: undefined,
  };
}

interface Work {
  readonly reads: number;
  readonly requests: number;
  readonly serviceVirtualNs: number;
}

/** What all disks of each guest did. */
function workOfGuests(plan: Plan, begin: DiskBackendCounters, end: DiskBackendCounters): Map<string, Work> {
  const sums = new Map<string, Work>();
  for (const [i, { guest }] of plannedDisks(plan).entries()) {
    const [before, after] = [begin.disks[i], end.disks[i]];
    if (before === undefined || after === undefined) continue;
    const { reads = 0, requests = 0, serviceVirtualNs = 0 } = sums.get(guest) ?? {};
    sums.set(guest, {
      reads: reads + after.reads - before.reads,
      requests: requests + requestsOf(after) - requestsOf(before),
      serviceVirtualNs: serviceVirtualNs + after.serviceVirtualNs - before.serviceVirtualNs,
    });
  }
  return sums;
}
