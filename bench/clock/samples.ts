/** The middle of the sorted samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("no samples");
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : undefined;
  return lower === undefined ? upper : (lower + upper) / 2;
}

/** Takes samples in turn, A B C A B C …, so that a machine whose speed drifts drifts for all; returns the medians. */
export async function inTurn(rounds: number, sources: readonly (() => Promise<number>)[]): Promise<number[]> {
  const samples: number[][] = sources.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, source] of sources.entries()) samples[i]?.push(await source());
  }
  return samples.map(median);
}
