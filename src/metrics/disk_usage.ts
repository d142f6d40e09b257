import type { DiskCounts } from "../host/disks/backend.js";
import type { Cell } from "./csv_file.js";
import { since } from "./guest_usage.js";

export const DISK_HEADER = [
  "at (s)",
  "disk",
  "reads (1/s)",
  "read (B/s)",
  "writes (1/s)",
  "written (B/s)",
  "flushes (1/s)",
  "discarded (B/s)",
  "service (ms)",
  "response (ms)",
  "under way (requests)",
  "utilization (share)",
  "late (real us)",
  "late by the host's disk (requests)",
  "failed by the host (requests)",
] as const;

/** Requests that a model has answered. */
export function requestsOf({ reads, writes, flushes, discards }: DiskCounts): number {
  return reads + writes + flushes + discards;
}

/** What a disk did between two readings, as perceived; means are per request, and empty where there was none. */
export function diskRow(
  atS: number,
  name: string,
  before: DiskCounts,
  after: DiskCounts,
  virtualNs: number,
): Cell[] {
  const grown = (field: keyof DiskCounts) => since(before[field], after[field]);
  const rate = (field: keyof DiskCounts) => (grown(field) * 1e9) / virtualNs;
  const requests = since(requestsOf(before), requestsOf(after));
  const mean = (field: keyof DiskCounts, unit: number) =>
    requests === 0 ? undefined : grown(field) / requests / unit;
  return [
    atS,
    name,
    rate("reads"),
    rate("readBytes"),
    rate("writes"),
    rate("writtenBytes"),
    rate("flushes"),
    rate("discardedBytes"),
    mean("serviceVirtualNs", 1e6),
    mean("responseVirtualNs", 1e6),
    grown("queueVirtualNs") / virtualNs,
    Math.min(1, grown("busyVirtualNs") / virtualNs),
    mean("lateRealNs", 1e3),
    grown("ioLate"),
    grown("errors"),
  ];
}
