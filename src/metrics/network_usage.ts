import type { LinkCounters, PipeCounters } from "../host/links/backend.js";
import type { Cell } from "./csv_file.js";
import { since } from "./guest_usage.js";
import { histogramQuantile, histogramSince } from "./histogram.js";

export const PIPE_HEADER = [
  "at (s)",
  "pipe",
  "sent (bit/s)",
  "sent (packets)",
  "queue (packets)",
  "queue (B)",
  "dropped by queue (packets)",
  "dropped by red (packets)",
  "lost (packets)",
  "dropped while down (packets)",
  "marked (packets)",
  "duplicated (packets)",
  "corrupted (packets)",
  "reordered (packets)",
] as const;

/** What a pipe carried between two readings, as perceived; undefined when no virtual time passed. */
export function pipeRow(
  atS: number,
  name: string,
  before: PipeCounters,
  after: PipeCounters,
  virtualNs: number,
): Cell[] {
  return [
    atS,
    name,
    (since(before.wireBytes, after.wireBytes) * 8e9) / virtualNs,
    since(before.packets, after.packets),
    after.queuePackets,
    after.queueBytes,
    since(before.drops.queue, after.drops.queue),
    since(before.drops.red, after.drops.red),
    since(before.drops.loss, after.drops.loss),
    since(before.drops.down, after.drops.down),
    since(before.marked, after.marked),
    since(before.duplicated, after.duplicated),
    since(before.corrupted, after.corrupted),
    since(before.reordered, after.reordered),
  ];
}

/** How late packets were between two readings: real time; undefined if none was delivered, or nobody knows. */
export function lateness(
  before: LinkCounters | undefined,
  after: LinkCounters,
): { readonly p50RealNs: number; readonly p99RealNs: number; readonly maxRealNs: number } | undefined {
  if (after.emulation === undefined) return undefined;
  const histogram = histogramSince(after.emulation.latenessRealNs, before?.emulation?.latenessRealNs);
  const p50RealNs = histogramQuantile(histogram, 0.5);
  const p99RealNs = histogramQuantile(histogram, 0.99);
  if (p50RealNs === undefined || p99RealNs === undefined) return undefined;
  return { p50RealNs, p99RealNs, maxRealNs: histogram.max };
}
