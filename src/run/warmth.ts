import type { GroupRested } from "../host/rests.js";
import { type ColdCurve, coldNs, type Rested, USUAL_PAGES } from "../scale/cold_caches.js";
import type { CpuBandwidth } from "../scale/cpu.js";

/** How much the last window counts. */
const NEWEST = 0.5;
/** A guest that has run for a smaller part of what it may says nothing of what it would be like at work. */
const LEAST_USE = 0.05;
/** How much of what is known of runs at the limit is left after a window. */
const KEPT = 0.95;
/** Before there was one, and as so many of them, whole turns count: who has much to do has such. */
const EXPECTED_TURNS = 0.5;
/** No guest's share is to follow a measurement's error further than to twice of what it is. */
const LEAST = 0.5;

/** What a window tells of a guest. Real time. */
export interface WarmthWindow {
  /** Its rests so far, at the window's end. */
  readonly rested: readonly GroupRested[];
  /** What memory cost after rests in the window; empty: that was not tried. */
  readonly curve: ColdCurve;
  /** What its share came to in the window, of processor time. */
  readonly dueNs: number;
  /** Pages that it touches in a millisecond; undefined: not told. */
  readonly pages: number | undefined;
  readonly bandwidth: CpuBandwidth | undefined;
}

/** What part of a guest's time on processors does something: the rest goes to caches that have gone cold because its rests are longer than at TDF 1. */
export class Warmth {
  readonly #tdf: number;
  #before: readonly GroupRested[] | undefined;
  /** Runs at the limit, the older the fewer. */
  #cut: readonly Rested[] = [];
  #part = 1;
  #atLimit = 1;

  constructor(tdf: number) {
    this.#tdf = tdf;
  }

  /** 1: all of it. */
  get part(): number {
    return this.#part;
  }

  /**
   * The same for the time in which it uses up its share, which is the only time in which the share's size matters: by the runs that ended while it wanted
   * more. A web server with little to do runs for a moment after each rest, and loses more than when much comes at once, and it has
   * whole turns on a processor; a peer that exchanges packets all the time uses up its share in moments.
   */
  get atLimit(): number {
    return this.#atLimit;
  }

  note({ rested, curve, dueNs, pages = USUAL_PAGES, bandwidth }: WarmthWindow): void {
    const before = this.#before;
    this.#before = rested;
    if (before === undefined || curve.length === 0) return;
    const since = rested.map(({ restNs, rests, ranNs }, i) => ({
      restNs,
      rests: rests - (before[i]?.rests ?? 0),
      ranNs: ranNs - (before[i]?.ranNs ?? 0),
    }));
    this.#cut = rested.map(({ restNs, cutRuns, cutNs }, i) => ({
      restNs,
      rests: cutRuns - (before[i]?.cutRuns ?? 0) + KEPT * (this.#cut[i]?.rests ?? 0),
      ranNs: cutNs - (before[i]?.cutNs ?? 0) + KEPT * (this.#cut[i]?.ranNs ?? 0),
    }));
    const ranNs = total(since);
    if (ranNs < LEAST_USE * dueNs || ranNs === 0) return;
    const warm = (some: readonly Rested[]) =>
      Math.max(LEAST, 1 - coldNs(some, curve, this.#tdf, pages) / total(some));
    const part = warm(since);
    const turns = bandwidth && wholeTurns(bandwidth, EXPECTED_TURNS);
    const atLimit = turns === undefined ? part : warm([...this.#cut, turns]);
    this.#part += NEWEST * (part - this.#part);
    this.#atLimit += NEWEST * (atLimit - this.#atLimit);
  }
}

function total(some: readonly Rested[]): number {
  return some.reduce((sum, { ranNs }) => sum + ranNs, 0);
}

/** Undefined for a guest that may run on a whole processor and more: its limit makes it no rests. */
function wholeTurns({ periodUs, quotaUs }: CpuBandwidth, turns: number): Rested | undefined {
  if (quotaUs >= periodUs) return undefined;
  return { restNs: Number(periodUs - quotaUs) * 1e3, rests: turns, ranNs: turns * Number(quotaUs) * 1e3 };
}
