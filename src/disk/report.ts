import { demerit } from "./demerit.js";
import { OUTCOMES, type ReplayedRequest } from "./replay.js";
import type { Trace, TraceReference } from "./trace.js";

/** Of some requests' times, in ms. */
export interface TimeSummary {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** How far from a reference, in ms and as a share of the reference's mean. */
export interface Demerit {
  readonly ms: number;
  readonly relative: number;
  readonly referenceMean: number;
}

export interface ReplayReport {
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  /** From arrival to completion. */
  readonly responseMs: TimeSummary;
  /** From when the drive takes a request to its completion. */
  readonly serviceMs: TimeSummary;
  /** Shares of requests; only of drives with a cache. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Means over the requests that touched the medium. */
  readonly media?: {
    readonly accesses: number;
    readonly seekMs: number;
    readonly latencyMs: number;
    readonly transferMs: number;
  };
  readonly demerit?: Readonly<
    Record<"response" | "responseReads" | "responseWrites" | "service", Demerit | undefined>
  >;
}

/** Sums up a replay. `reference` takes the place of the trace's own. */
export function summarizeReplay(
  trace: Trace,
  replayed: readonly ReplayedRequest[],
  reference = trace.reference,
): ReplayReport {
  const response = replayed.map(({ completionMs, arrivalMs }) => completionMs - arrivalMs);
  const service = replayed.map(({ completionMs, startMs }) => completionMs - startMs);
  const media = replayed.map((request) => request.media).filter((times) => times !== undefined);
  const count = (kind: string) => trace.requests.filter((request) => request.kind === kind).length;
  return {
    requests: replayed.length,
    reads: count("read"),
    writes: count("write"),
    responseMs: summarizeTimes(response),
    serviceMs: summarizeTimes(service),
    outcomes: Object.fromEntries(
      OUTCOMES.filter((name) => name !== "")
        .map((name): [string, number] => [
          name,
          replayed.filter((r) => r.outcome === name).length / replayed.length,
        ])
        .filter(([, share]) => share > 0),
    ),
    ...(media.length === 0
      ? {}
      : {
          media: {
            accesses: media.length,
            seekMs: mean(media.map((times) => times.seekMs)),
            latencyMs: mean(media.map((times) => times.latencyMs)),
            transferMs: mean(media.map((times) => times.transferMs)),
          },
        }),
    ...(reference === undefined ? {} : { demerit: demerits(trace, response, service, reference) }),
  };
}

function demerits(
  trace: Trace,
  response: number[],
  service: number[],
  reference: TraceReference,
): NonNullable<ReplayReport["demerit"]> {
  // By request only if the reference has as many: else there is no telling which of its times are reads.
  const sameRequests = reference.responseMs.length === response.length;
  const of = (kind: string) => {
    if (!sameRequests) return undefined;
    const chosen = (values: readonly number[]) => values.filter((_, i) => trace.requests[i]?.kind === kind);
    return compare(chosen(response), chosen(reference.responseMs));
  };
  return {
    response: compare(response, reference.responseMs),
    responseReads: of("read"),
    responseWrites: of("write"),
    service: reference.serviceMs === undefined ? undefined : compare(service, reference.serviceMs),
  };
}

function compare(values: readonly number[], reference: readonly number[]): Demerit | undefined {
  if (values.length === 0) return undefined;
  const ms = demerit(values, reference);
  const referenceMean = mean(reference);
  return { ms, relative: ms / referenceMean, referenceMean };
}

export function summarizeTimes(values: readonly number[]): TimeSummary {
  const sorted = Float64Array.from(values).sort();
  // The smallest value that is not exceeded by that share of all (nearest rank).
  const quantile = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return {
    mean: mean(values),
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: quantile(1),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
