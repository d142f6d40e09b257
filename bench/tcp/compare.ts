import { join } from "node:path";
import { type Cell, cellKey } from "./cells.js";
import { type FlowResult, readGaps, whyNotCarried } from "./results.js";
import { blurredDistance, type Mean, meanOf, quantile } from "./statistics.js";

/** What has to hold of goodput, as a share of the baseline's. */
export const MOST_ERROR = { withoutLoss: 0.03, withLoss: 0.1 };
export const MOST_DISTANCE = 0.1;

/** A cell at one TDF. */
export interface Side {
  readonly tdf: number;
  readonly goodputBps: Mean;
  readonly retransmittedShare: number;
  readonly medianRoundTripMs: number;
  /** Sorted gaps between packets of all repetitions, virtual ns. */
  readonly gapsNs: Float64Array;
  /** How late 99 of 100 packets were at most: no gap is known better than that. */
  readonly latenessNs: number;
  readonly isDoubtful: boolean;
}

/** A cell at one TDF against its baseline. */
export interface Compared {
  readonly side: Side;
  readonly ratio: number;
  readonly withinGoodput: boolean;
  /** Kolmogorov–Smirnov distance of the gaps as they were measured. */
  readonly distance: number | undefined;
  /** What of it the lateness of both runs does not explain; undefined where that is no finer than the gaps themselves. */
  readonly distanceBeyondLateness: number | undefined;
}

/** A cell at all TDFs. */
export interface CellComparison {
  readonly cell: Cell;
  /** The least TDF that the host could carry; undefined: none. */
  readonly baseline: Side | undefined;
  readonly scaled: readonly Compared[];
  /** TDFs with the reason why there is no number. */
  readonly notCarried: readonly { readonly tdf: number; readonly why: string }[];
}

export function compareCells(results: readonly FlowResult[], out: string): CellComparison[] {
  const cells = new Map(results.map(({ cell }) => [cellKey(cell), cell]));
  const ordered = [...cells].sort(([, a], [, b]) => order(a, b));
  return ordered.map(([key, cell]) =>
    compareCell(
      cell,
      results.filter((result) => cellKey(result.cell) === key),
      out,
    ),
  );
}

function order(a: Cell, b: Cell): number {
  return (
    a.congestion.localeCompare(b.congestion) ||
    a.loss - b.loss ||
    a.bandwidthMbit - b.bandwidthMbit ||
    a.roundTripMs - b.roundTripMs
  );
}

function compareCell(cell: Cell, results: readonly FlowResult[], out: string): CellComparison {
  const tdfs = [...new Set(results.map(({ tdf }) => tdf))].sort((a, b) => a - b);
  const notCarried: { tdf: number; why: string }[] = [];
  const sides = tdfs.flatMap((tdf) => {
    const own = results.filter((result) => result.tdf === tdf);
    const why = own.map(whyNotCarried).find((reason) => reason !== undefined);
    if (why === undefined) return [sideOf(tdf, own, out)];
    notCarried.push({ tdf, why });
    return [];
  });
  const [baseline, ...others] = sides;
  const scaled = baseline === undefined ? [] : others.map((side) => compareSides(cell, baseline, side));
  return { cell, baseline, scaled, notCarried };
}

function sideOf(tdf: number, results: readonly FlowResult[], out: string): Side {
  const gaps = results.flatMap(({ receiver }) => [...readGaps(join(out, receiver))]);
  return {
    tdf,
    goodputBps: meanOf(results.map(({ goodputBps }) => goodputBps ?? 0)),
    retransmittedShare: meanOf(results.map(({ retransmittedShare }) => retransmittedShare)).value,
    medianRoundTripMs: meanOf(results.map(({ medianRoundTripMs }) => medianRoundTripMs)).value,
    gapsNs: Float64Array.from(gaps).sort(),
    latenessNs: Math.max(...results.map(({ latenessNs }) => latenessNs)),
    isDoubtful: results.some(({ verdict }) => verdict !== "trustworthy"),
  };
}

function compareSides(cell: Cell, baseline: Side, side: Side): Compared {
  const ratio = side.goodputBps.value / baseline.goodputBps.value;
  const most = cell.loss === 0 ? MOST_ERROR.withoutLoss : MOST_ERROR.withLoss;
  const blurNs = baseline.latenessNs + side.latenessNs;
  const isResolved = blurNs < quantile(baseline.gapsNs, 0.5) / 2;
  return {
    side,
    ratio,
    withinGoodput: Math.abs(ratio - 1) <= most,
    distance: blurredDistance(baseline.gapsNs, side.gapsNs, 0),
    distanceBeyondLateness: isResolved ? blurredDistance(baseline.gapsNs, side.gapsNs, blurNs) : undefined,
  };
}
