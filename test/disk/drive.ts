import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDiskModel } from "../../src/disk/load.js";
import type { DiskModel } from "../../src/disk/model.js";
import type { RequestKind, Trace, TraceRequest } from "../../src/disk/trace.js";

/** Has a model file with this in it loaded. */
export function modelOf(document: unknown): DiskModel {
  const directory = mkdtempSync(join(tmpdir(), "diecast-disk-"));
  try {
    const file = join(directory, "model.json");
    writeFileSync(file, JSON.stringify(document));
    return loadDiskModel(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A flash drive that is small enough to be filled in a test; figures that are easy to add up. */
export const SMALL_FLASH = {
  kind: "flash",
  capacityBytes: 256 * 2 ** 20,
  overProvisioning: 0.15,
  channels: 4,
  diesPerChannel: 2,
  planesPerDie: 1,
  pageBytes: 16384,
  pagesPerBlock: 64,
  readUs: [50],
  programUs: 500,
  eraseUs: 3000,
  channelBytesPerSecond: 400_000_000,
  interfaceBytesPerSecond: 1_000_000_000,
  commandUs: 2,
  readOverheadUs: 10,
  writeOverheadUs: 3,
  writeBufferBytes: 2 ** 20,
  queueDepth: 64,
} as const;

export interface Wish {
  readonly timeUs: number;
  readonly lbn: number;
  readonly blocks?: number;
  readonly kind?: RequestKind;
  readonly fua?: boolean;
}

/** A trace; blocks are 8 and kind is read unless something else is wished. */
export function traceOf(wishes: readonly Wish[], closed = false): Trace {
  const requests = wishes.map(
    ({ timeUs, lbn, blocks = 8, kind = "read", fua = false }): TraceRequest => ({
      timeNs: BigInt(Math.round(timeUs * 1000)),
      lbn,
      blocks,
      kind,
      fua,
    }),
  );
  return { format: "test", closed, requests };
}

/** The same pseudo-random numbers in every run, from 0 to below 1 (Park and Miller's generator). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
}
