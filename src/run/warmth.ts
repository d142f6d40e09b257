import { type ColdCurve, coldNs, type Rested, USUAL_PAGES } from "../scale/cold_caches.js";
import type { CpuBandwidth } from "../scale/cpu.js";

/** How much the last window counts. */
const NEWEST = 0.5;
/** A guest that has run for a smaller part of what it may says nothing of what it would be like at work. */
const LEAST_USE = 0.05;
/** No guest's share is to follow a measurement's error further than to twice of what it is. */
const LEAST = 0.5;

/** What a window tells of a guest. Real time. */
export interface WarmthWindow {
  /** Its rests so far, at the window's end. */
  readonly rested: readonly Rested[];
  /** What memory cost after rests in the window; empty: that was not tried. */
  readonly curve: ColdCurve;
  /** What its share came to in the window, of processor time. */
  readonly dueNs: number;
  /** Pages that it touches in a millisecond; undefined: not told. */
  readonly pages: number | undefined;
  readonly bandwidth: CpuBandwidth | undefined;
  /** Of the periods in which it ran, those in which it was held back by its limit. */
  readonly heldBack: number;
}

/** What part of a guest's time on processors does something: the rest goes to caches that have gone cold because its rests are longer than at TDF 1. */
export class Warmth {
  readonly #tdf: number;
  #before: readonly Rested[] | undefined;
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
   * The same for the time in which it uses up its share, which is the only time in which the share's size matters. A guest with little to do runs for a
   * moment after each rest, and loses more than one to which much comes at once: that has whole turns on a processor, one for each rest.
   */
  get atLimit(): number {
    return this.#atLimit;
  }

  note({ rested, curve, dueNs, pages = USUAL_PAGES, bandwidth, heldBack }: WarmthWindow): void {
    const before = this.#before;
    this.#before = rested;
    if (before === undefined || curve.length === 0) return;
    const since = rested.map(({ restNs, rests, ranNs }, i) => ({
      restNs,
      rests: rests - (before[i]?.rests ?? 0),
      ranNs: ranNs - (before[i]?.ranNs ?? 0),
    }));
    const ranNs = since.reduce((sum, one) => sum + one.ranNs, 0);
    if (ranNs < LEAST_USE * dueNs || ranNs === 0) return;
    const warm = (some: readonly Rested[], inNs: number) =>
      Math.max(LEAST, 1 - coldNs(some, curve, this.#tdf, pages) / inNs);
    const part = warm(since, ranNs);
    const turn = bandwidth && wholeTurn(bandwidth);
    // Where it is held back all the time, what was counted is what it is like.
    const atLimit = turn ? heldBack * part + (1 - heldBack) * warm([turn], turn.ranNs) : part;
    this.#part += NEWEST * (part - this.#part);
    this.#atLimit += NEWEST * (atLimit - this.#atLimit);
  }
}

/** Undefined for a guest that may run on a whole processor and more: its limit makes it no rests. */
function wholeTurn({ periodUs, quotaUs }: CpuBandwidth): Rested | undefined {
  if (quotaUs >= periodUs) return undefined;
  return { restNs: Number(periodUs - quotaUs) * 1e3, rests: 1, ranNs: Number(quotaUs) * 1e3 };
}
