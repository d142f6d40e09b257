import { DieCastError } from "../../errors.js";
import { HISTOGRAM_WORDS, histogramAt, type WordReader, wordReader } from "../counter_words.js";
import type { DiskBackendCounters, DiskCounters, DiskCounts } from "./backend.js";

// The layout of native/block/counters.h: 64-bit words throughout.
const MAGIC = 0x316b6c6244;
const VERSION = 3;
const HEADER_WORDS = 5;
const LATENESS_AT = HEADER_WORDS;
const RESPONSE_AT = LATENESS_AT + HISTOGRAM_WORDS;
const DISKS_AT = RESPONSE_AT + HISTOGRAM_WORDS;

const FIELDS = [
  "reads",
  "readBytes",
  "writes",
  "writtenBytes",
  "flushes",
  "discards",
  "discardedBytes",
  "serviceVirtualNs",
  "responseVirtualNs",
  "queueVirtualNs",
  "busyVirtualNs",
  "underWay",
  "bypassed",
  "errors",
  "ioLate",
  "lateRealNs",
] as const satisfies readonly (keyof DiskCounts)[];
/** Of one disk: the fields, and a histogram of lateness. */
const DISK_WORDS = FIELDS.length + HISTOGRAM_WORDS;

/** How large the memory of so many disks' counters is. */
export function diskCountersBytes(disks: number): number {
  return 8 * (DISKS_AT + disks * DISK_WORDS);
}

/**
 * Reads the counters out of a copy of diecast-block's memory.
 * @throws DieCastError `failed` if it is of another version, or of other disks
 */
export function decodeDiskCounters(memory: Buffer, disks: number): DiskBackendCounters {
  const words = wordReader(memory);
  const isOurs =
    memory.length === diskCountersBytes(disks) &&
    [MAGIC, VERSION, disks].every((value, i) => words(i) === value);
  if (!isOurs) {
    throw new DieCastError("failed", "diecast-block's counters have another layout", {
      remedy: "build again: npm run build",
    });
  }
  return {
    disks: Array.from({ length: disks }, (_, i) => countersAt(words, DISKS_AT + i * DISK_WORDS)),
    latenessRealNs: histogramAt(words, LATENESS_AT),
    responseVirtualNs: histogramAt(words, RESPONSE_AT),
    cpuRealNs: words(3),
    pathRealNs: words(4),
  };
}

function countersAt(words: WordReader, at: number): DiskCounters {
  const counts = Object.fromEntries(FIELDS.map((name, i) => [name, words(at + i)]));
  return {
    ...(counts as Record<keyof DiskCounts, number>),
    latenessRealNs: histogramAt(words, at + FIELDS.length),
  };
}
