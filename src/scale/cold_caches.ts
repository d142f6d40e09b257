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
 * A program that runs for longer touches more pages: as many times this power of how much longer. Servers of experiments/auction and loops of
 * servers' work did with 0.28 to 0.37.
 */
const GROWTH = 0.3;

/** Pages that a program touches in a millisecond, where it cannot be told: servers' work took 1,050 to 2,400. */
export const USUAL_PAGES = 1500;

/**
 * How many lines a program is to have fetched after a rest, each as dear as the curve says: what the kernel touches to wake it and to carry its
 * packets, which nobody's page tables tell, and some of each page of its own. What programs lost at TDF 10 came to 1.6 lines of each page (PostgreSQL) to 4 (clients, peers
 * that exchange packets, who touch few pages): docs/fidelity.md. And how long it takes to come to one, which is what counts for short runs.
 */
const LINES_EACH_TIME = 400;
const LINES_PER_PAGE = 1.8;
const NS_PER_LINE = 80;

/** How many pages a program would touch in a millisecond that has touched so many while it ran for `ranNs`. */
export function pagesInMillisecond(pages: number, ranNs: number): number {
  return pages / (ranNs / 1e6) ** GROWTH;
}

/**
 * How much of the time for which a guest ran went to memory that would still have been in the processors' caches, had its rests been shorter by
 * the TDF, as at TDF 1. All that empties caches is taken to go on in real time, as what the host's other tenants do does; what guests do themselves, in virtual
 * time, would have been as much (docs/fidelity.md).
 * @param pages that it touches in a millisecond
 * @returns real ns, of the sum of all `ranNs`; 0 for a TDF of 1 and less
 */
export function coldNs(rested: readonly Rested[], curve: ColdCurve, tdf: number, pages: number): number {
  if (tdf <= 1) return 0;
  let sum = 0;
  for (const { restNs, rests, ranNs } of rested) {
    if (rests === 0) continue;
    const dearer = Math.max(0, lineNs(curve, restNs) - lineNs(curve, restNs / tdf));
    const oneNs = ranNs / rests;
    const touched = LINES_EACH_TIME + LINES_PER_PAGE * pages * (oneNs / 1e6) ** GROWTH;
    // Time in which it waits for memory is none in which it comes to more of it.
    sum += rests * Math.min(touched, oneNs / (NS_PER_LINE + dearer)) * dearer;
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
