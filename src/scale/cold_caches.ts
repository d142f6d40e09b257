/** What a line of memory costs that has not been used for as long; real. The shortest rest first. */
export type ColdCurve = readonly { readonly restNs: number; readonly lineNs: number }[];

/** How often a guest ran after rests of about that length, and for how long after all of them; real. */
export interface Rested {
  readonly restNs: number;
  readonly rests: number;
  readonly ranNs: number;
}

/** What one costs that was used just now: the first cache's. */
const WARM_LINE_NS = 1;

/**
 * How many lines, each as dear as the curve says, a program is to have fetched once it has run for a while after a rest, and how long it
 * takes to come to one. Programs differ by a factor of two either way (docs/fidelity.md; docs/benchmarks.md: bench:cold).
 */
const MOST_LINES = 2200;
const NS_PER_LINE = 80;

/**
 * How much of the time for which a guest ran went to memory that would still have been in the processors' caches, had its rests been shorter by
 * the TDF, as at TDF 1. All that empties caches is taken to go on in real time, as what the host's other tenants do does; what guests do themselves, in virtual
 * time, would have been as much (docs/fidelity.md).
 * @returns real ns, of the sum of all `ranNs`; 0 for a TDF of 1 and less
 */
export function coldNs(rested: readonly Rested[], curve: ColdCurve, tdf: number): number {
  if (tdf <= 1) return 0;
  let sum = 0;
  for (const { restNs, rests, ranNs } of rested) {
    if (rests === 0) continue;
    const dearer = Math.max(0, lineNs(curve, restNs) - lineNs(curve, restNs / tdf));
    // Time in which it waits for memory is none in which it comes to more of it.
    const lines = Math.min(MOST_LINES, ranNs / rests / (NS_PER_LINE + dearer));
    sum += rests * lines * dearer;
  }
  return sum;
}

function lineNs(curve: ColdCurve, restNs: number): number {
  let before = { restNs: 0, lineNs: WARM_LINE_NS };
  for (const point of curve) {
    if (restNs < point.restNs) {
      const part = (restNs - before.restNs) / (point.restNs - before.restNs);
      return before.lineNs + part * (point.lineNs - before.lineNs);
    }
    before = point;
  }
  return before.lineNs;
}
