import { DieCastError } from "../../errors.js";
import { HISTOGRAM_WORDS, histogramAt, type WordReader, wordReader } from "../counter_words.js";
import type { EmulationCounters, LinkCounters, PipeCounters, PortCounters } from "./backend.js";

// The layout of native/net/counters.h: 64-bit words throughout.
const MAGIC = 0x31746e4443;
const VERSION = 1;
const HEADER_WORDS = 5;
const PIPE_WORDS = 12;
const PORT_WORDS = 6;

/** How large the memory of a network's counters is. */
export function countersBytes(pipes: number, ports: number): number {
  return 8 * (HEADER_WORDS + HISTOGRAM_WORDS + pipes * PIPE_WORDS + ports * PORT_WORDS);
}

/**
 * Reads the counters out of a copy of the core's memory.
 * @throws DieCastError `failed` if it is of another version or network
 */
export function decodeCounters(
  memory: Buffer,
  pipes: number,
  ports: number,
  realTimePriority: boolean,
): LinkCounters & { readonly emulation: EmulationCounters } {
  const expected = [MAGIC, VERSION, pipes, ports];
  const words = wordReader(memory);
  if (memory.length !== countersBytes(pipes, ports) || expected.some((value, i) => words(i) !== value)) {
    throw new DieCastError("failed", "diecast-net's counters have another layout", {
      remedy: "build again: npm run build",
    });
  }
  const lateness = HEADER_WORDS;
  const firstPipe = lateness + HISTOGRAM_WORDS;
  const firstPort = firstPipe + pipes * PIPE_WORDS;
  return {
    pipes: Array.from({ length: pipes }, (_, i) => pipeCounters(words, firstPipe + i * PIPE_WORDS)),
    ports: Array.from({ length: ports }, (_, i) => portCounters(words, firstPort + i * PORT_WORDS)),
    emulation: { latenessRealNs: histogramAt(words, lateness), cpuRealNs: words(4), realTimePriority },
  };
}

function pipeCounters(words: WordReader, at: number): PipeCounters {
  return {
    packets: words(at),
    wireBytes: words(at + 1),
    queuePackets: words(at + 2),
    queueBytes: words(at + 3),
    marked: words(at + 4),
    drops: { queue: words(at + 5), red: words(at + 6), loss: words(at + 7), down: words(at + 8) },
    duplicated: words(at + 9),
    corrupted: words(at + 10),
    reordered: words(at + 11),
  };
}

function portCounters(words: WordReader, at: number): PortCounters {
  return {
    sentPackets: words(at),
    sentBytes: words(at + 1),
    receivedPackets: words(at + 2),
    receivedBytes: words(at + 3),
    unasked: words(at + 4) + words(at + 5),
  };
}
