import { type ColdCurve, coldNs, type Rested } from "../scale/cold_caches.js";

/** How much the last window counts. */
const NEWEST = 0.5;
/** A guest that has run for a smaller part of what it may says nothing of what it would be like at work. */
const LEAST_USE = 0.05;
/** No guest's share is to follow a measurement's error further than to twice of what it is. */
const LEAST = 0.5;

/** What part of a guest's time on processors does something: the rest goes to caches that have gone cold because its rests are longer than at TDF 1. */
export class Warmth {
  readonly #tdf: number;
  #before: readonly Rested[] | undefined;
  #part = 1;

  constructor(tdf: number) {
    this.#tdf = tdf;
  }

  /** 1: all of it. */
  get part(): number {
    return this.#part;
  }

  /**
   * @param rested the guest's rests so far, at a window's end
   * @param curve what memory cost after rests in the window; empty: that was not tried
   * @param dueNs what its share came to in the window, real ns of processor time
   */
  note(rested: readonly Rested[], curve: ColdCurve, dueNs: number): void {
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
    const part = Math.max(LEAST, 1 - coldNs(since, curve, this.#tdf) / ranNs);
    this.#part += NEWEST * (part - this.#part);
  }
}
