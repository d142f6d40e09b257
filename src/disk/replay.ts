import { DieCastError } from "../errors.js";
import { loadNative, type NativeReplay } from "../native.js";
import type { DiskModel } from "./model.js";
import type { Trace } from "./trace.js";

export type DiskScheduler = "fcfs" | "c-look" | "sstf" | "sptf";
export const DISK_SCHEDULERS: readonly DiskScheduler[] = ["fcfs", "c-look", "sstf", "sptf"];

/** By number, as native/disk/model.h has them. */
const KINDS = { read: 0, write: 1, flush: 2, discard: 3 } as const;
const FUA = 16;
export const OUTCOMES = ["", "miss", "hit", "partial", "append"] as const;

/** Mechanical work for a request. For writes it usually ends after the completion. */
export interface MediaTimes {
  readonly seekCylinders: number;
  readonly seekMs: number;
  readonly latencyMs: number;
  readonly transferMs: number;
  /** A point in time. */
  readonly doneMs: number;
}

/** What the model makes of one request; times in ms since the trace begins. */
export interface ReplayedRequest {
  readonly arrivalMs: number;
  /** The drive takes it. */
  readonly startMs: number;
  readonly completionMs: number;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly media: MediaTimes | undefined;
}

/**
 * Runs a trace through a model, in no time that anybody perceives.
 * @throws DieCastError `invalid-option` if the trace does not fit the model
 */
export function replayTrace(model: DiskModel, trace: Trace, scheduler?: DiskScheduler): ReplayedRequest[] {
  const { requests, closed } = trace;
  const order = requests.map((_, i) => i);
  // Traces of several processors are not always in order of time.
  if (!closed) order.sort((a, b) => compare(requests[a]?.timeNs ?? 0n, requests[b]?.timeNs ?? 0n));
  const sorted = order.map((i) => requests[i]).filter((request) => request !== undefined);
  for (const [i, request] of sorted.entries())
    checkRequest(model, request.lbn, request.blocks, request.kind, order[i] ?? 0);
  let results: NativeReplay;
  try {
    results = loadNative().replayDisk(
      model.description,
      scheduler,
      BigInt64Array.from(sorted, (request) => request.timeNs),
      BigInt64Array.from(sorted, (request) => BigInt(request.lbn)),
      Uint32Array.from(sorted, (request) => request.blocks),
      Uint8Array.from(sorted, (request) => KINDS[request.kind] + (request.fua === true ? FUA : 0)),
      closed,
    );
  } catch (cause) {
    throw new DieCastError("invalid-option", `disk model ${model.name}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const ms = (ns: bigint | undefined) => Number(ns ?? 0n) / 1e6;
  const replayed: ReplayedRequest[] = new Array(requests.length);
  let previousMs = 0;
  order.forEach((original, i) => {
    const given = ms(sorted[i]?.timeNs);
    const completionMs = ms(results.completionNs[i]);
    const cylinders = results.seekCylinders[i] ?? -1;
    replayed[original] = {
      arrivalMs: closed ? previousMs + given : given,
      startMs: ms(results.startNs[i]),
      completionMs,
      outcome: OUTCOMES[results.outcomes[i] ?? 0] ?? "",
      media:
        cylinders < 0
          ? undefined
          : {
              seekCylinders: cylinders,
              seekMs: ms(results.media[4 * i]),
              latencyMs: ms(results.media[4 * i + 1]),
              transferMs: ms(results.media[4 * i + 2]),
              doneMs: ms(results.media[4 * i + 3]),
            },
    };
    previousMs = completionMs;
  });
  return replayed;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkRequest(model: DiskModel, lbn: number, blocks: number, kind: string, index: number): void {
  if (kind === "flush") return;
  const capacity = model.capacityBlocks ?? Number.MAX_SAFE_INTEGER;
  if (Number.isInteger(lbn) && Number.isInteger(blocks) && blocks >= 1 && lbn + blocks <= capacity) return;
  throw new DieCastError(
    "invalid-option",
    `request ${index} of the trace: expected blocks on a disk of ${capacity}, found ${lbn} + ${blocks}`,
    { remedy: "take a larger model, or a trace of a disk like it" },
  );
}
