import type { Random } from "./random.js";

/** Values that one run measured, in the order of time. */
export interface Series {
  readonly values: Float64Array;
  /** When: share of the measuring phase, 0 to 1, ascending. */
  readonly at: Float64Array;
  /** Number of the guest, from 0. */
  readonly guest: Uint32Array;
  readonly guests: number;
}

/**
 * How long a block has to be, as a share of the phase: as long as a guest takes for n^(1/3) values, n being how many it has
 * (Hall, Horowitz and Jing, "On blocking rules for the bootstrap with dependent data", 1995). A half at most.
 */
export function blockShare({ values, guests }: Series): number {
  const each = values.length / Math.max(1, guests);
  return Math.min(0.5, each ** (-2 / 3));
}

/**
 * Draws the series again: whole blocks of time, all guests together, as many as fill the phase. What happens close together in
 * time depends on each other (a full queue is everybody's), and so stays together. Blocks go round from the end to the
 * beginning, so that every moment is drawn as often (the circular block bootstrap: Politis and Romano 1992, after Künsch 1989).
 * @param take called for each drawn value, by its number in the series
 */
export function resampleBlocks(
  { at }: Series,
  share: number,
  random: Random,
  take: (index: number) => void,
): void {
  const within = (begin: number, end: number) => {
    for (let i = firstAtLeast(at, begin); i < at.length && (at[i] as number) < end; i++) take(i);
  };
  const blocks = Math.ceil(1 / share);
  for (let block = 0; block < blocks; block++) {
    // The last one is as long as there is room.
    const length = block === blocks - 1 ? 1 - share * (blocks - 1) : share;
    const begin = random();
    within(begin, Math.min(1, begin + length));
    if (begin + length > 1) within(0, begin + length - 1);
  }
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
