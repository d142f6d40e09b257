import type { Histogram } from "./links/backend.js";

// What native processes count lies in memory of 64-bit words (native/pace/histogram.h and the counters.h of each).
const SUB_BINS = 8;
const BINS = 64 * SUB_BINS;

/** Words of one histogram. */
export const HISTOGRAM_WORDS = 3 + BINS;

export type WordReader = (index: number) => number;

/** Reads words out of a copy of the memory. */
export function wordReader(memory: Buffer): WordReader {
  return (index) => memory.readUInt32LE(index * 8) + memory.readUInt32LE(index * 8 + 4) * 2 ** 32;
}

/** The histogram that begins at word `at`. */
export function histogramAt(words: WordReader, at: number): Histogram {
  const bins: [number, number][] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const count = words(at + 3 + bin);
    if (count > 0) bins.push([upperBound(bin), count]);
  }
  return { bins, count: words(at), sum: words(at + 1), max: words(at + 2) };
}

/** The largest value of a bin (native/pace/histogram.h). */
export function upperBound(bin: number): number {
  if (bin < SUB_BINS) return bin;
  const exponent = Math.floor(bin / SUB_BINS) - 1;
  return ((bin % SUB_BINS) + SUB_BINS + 1) * 2 ** exponent - 1;
}
