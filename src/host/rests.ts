import { DieCastError } from "../errors.js";
import { loadNative, type NativeRestCounter } from "../native.js";
import type { Rested } from "../scale/cold_caches.js";

/** How often a group ran after rests of about that length; real. */
export interface GroupRested extends Rested {
  /** Of these runs those that ended while it wanted more, with a rest: its quota was used up, or others had the processor. */
  readonly cutRuns: number;
  /** How long they were, all of them. */
  readonly cutNs: number;
}

/** How long guests rest before they run; real. */
export interface RestCounter {
  /**
   * So far, by length of rest. Who pauses for less than a millisecond goes on with what it did, and that counts to the rest before. None of a
   * group that was not asked about.
   * @throws Error with the kernel's answer
   */
  read(group: string): readonly GroupRested[];
  /** Safe to repeat. */
  close(): void;
}

// native/rests/rest_counter.h
const SHORTEST_REST_BITS = 20;

/**
 * Has the kernel count for these groups (version 2). What guests put in groups of their own is not counted.
 * @throws DieCastError `unsupported` with the kernel's answer
 */
export function countRests(groups: readonly string[]): RestCounter {
  let native: NativeRestCounter | undefined = startCounter(groups);
  const numbers = new Map(groups.map((group, number) => [group, number]));
  return {
    read: (group) => {
      const number = numbers.get(group);
      return native === undefined || number === undefined ? [] : classes(native.read(number));
    },
    close: () => {
      native?.close();
      native = undefined;
    },
  };
}

function startCounter(groups: readonly string[]): NativeRestCounter {
  const { RestCounter: Native } = loadNative();
  try {
    return new Native(groups);
  } catch (cause) {
    throw new DieCastError("unsupported", (cause as Error).message, {
      remedy:
        "run as root (CAP_BPF and CAP_PERFMON) on Linux 5.18 or later, with CONFIG_BPF_EVENTS; in a container: docker run --privileged",
      cause,
    });
  }
}

const WORDS = 4;

function classes(words: BigUint64Array): GroupRested[] {
  return Array.from({ length: words.length / WORDS }, (_, i) => {
    const [rests, ranNs, cutRuns, cutNs] = Array.from(words.subarray(WORDS * i, WORDS * (i + 1)), Number);
    // Each class ends at twice its beginning.
    const restNs = i === 0 ? 0 : 2 ** (SHORTEST_REST_BITS + i - 0.5);
    return { restNs, rests, ranNs, cutRuns, cutNs } as GroupRested;
  });
}
