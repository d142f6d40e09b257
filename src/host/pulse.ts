import { writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { PULSE } from "../native.js";
import type { CoreReading, TriedCores } from "./core_reading.js";
import { HISTOGRAM_WORDS, histogramAt, type WordReader, wordReader } from "./counter_words.js";
import { startHelper } from "./helper.js";
import type { Histogram } from "./links/backend.js";
import { RunPlace } from "./state/run_place.js";

/** What a program that wants a processor now and then saw of the host so far. Real time. */
export interface PulseReading extends TriedCores {
  /** How long after it wanted a processor it had one. */
  readonly waitRealNs: Histogram;
  /** The clock that the run's goes by, and the one that nobody sets, at one moment. */
  readonly monotonicNs: number;
  readonly rawNs: number;
}

export interface Pulse {
  /** Undefined once it is closed. */
  read(): Promise<PulseReading | undefined>;
  /** Resolved when diecast-pulse has ended, whether by close() or by itself. */
  readonly ended: Promise<void>;
  /** Safe to repeat. */
  close(): Promise<void>;
}

// The layout of native/pulse/counters.h.
const MAGIC = 0x3165736c7544;
const VERSION = 3;
const HEADER_WORDS = 5;
const CORES_AT = HEADER_WORDS + HISTOGRAM_WORDS + 1;
const COLD_AT = 3;
const COLD_WORDS = 3;
const COLD_RESTS = 4;
const CORE_WORDS = COLD_AT + COLD_RESTS * COLD_WORDS;
const TRIES = 20;

/**
 * Starts diecast-pulse in a group of its own beside the guests', in which it is scheduled as they are.
 * @returns undefined if it cannot be had
 */
export async function startPulse(runId: string): Promise<Pulse | undefined> {
  const [place, groups] = RunPlace.useWith(runId, (own) => own.addOwn("pulse"));
  const helper = await startHelper(PULSE).catch(() => undefined);
  let counters: FileHandle | undefined;
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    await helper?.close();
    await counters?.close();
    await groups.remove();
    place.release();
  };
  const close = () => {
    closing ??= shutDown();
    return closing;
  };
  if (helper === undefined) {
    await close();
    return undefined;
  }
  const { pid, said, ended } = helper;
  try {
    for (const directory of groups.directories) writeFileSync(join(directory, "cgroup.procs"), `${pid}`);
    counters = await open(`/proc/${pid}/fd/${Number(said)}`, "r");
  } catch {
    await close();
    return undefined;
  }
  const memory = counters;
  return {
    read: () => (closing === undefined ? readPulse(memory) : Promise.resolve(undefined)),
    ended,
    close,
  };
}

async function readPulse(file: FileHandle): Promise<PulseReading | undefined> {
  const { size } = await file.stat();
  if (size < 8 * CORES_AT) return undefined;
  for (let left = TRIES; left > 0; left--) {
    const memory = Buffer.alloc(size);
    const { bytesRead } = await file.read(memory, 0, size, 0);
    const words = wordReader(memory);
    if (bytesRead !== size || words(0) !== MAGIC || words(1) !== VERSION) return undefined;
    if (size < 8 * (CORES_AT + CORE_WORDS * words(CORES_AT - 1))) return undefined;
    const again = Buffer.alloc(8);
    await file.read(again, 0, 8, 16);
    if (words(2) % 2 === 1 || wordReader(again)(0) !== words(2)) continue;
    return {
      waitRealNs: histogramAt(words, HEADER_WORDS),
      monotonicNs: words(3),
      rawNs: words(4),
      cores: Array.from({ length: words(CORES_AT - 1) }, (_, core) => coreAt(words, core)),
    };
  }
  return undefined;
}

function coreAt(words: WordReader, core: number): CoreReading {
  const at = CORES_AT + CORE_WORDS * core;
  const cold = Array.from({ length: COLD_RESTS }, (_, rest) => {
    const from = at + COLD_AT + COLD_WORDS * rest;
    return { passes: words(from), restNs: words(from + 1), passNs: words(from + 2) };
  });
  return { processor: words(at), probes: words(at + 1), speedSum: words(at + 2), cold };
}
