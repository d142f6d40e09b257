import type { Guest } from "../host/guests/guest.js";
import { countRests, type RestCounter } from "../host/rests.js";
import type { Rested } from "../scale/cold_caches.js";
import type { Tdf } from "../scale/tdf.js";

const NOT_MADE_UP = "what guests lose to caches that go cold while they rest is not made up for";

/** How long guests rest, as far as the kernel tells; where it does not, that costs a warning. */
export class GuestRests {
  readonly #warn: (line: string) => void;
  readonly #isDilated: boolean;
  #counter: RestCounter | undefined;

  constructor(guests: readonly Guest[], tdf: Tdf, warn: (line: string) => void) {
    this.#warn = warn;
    this.#isDilated = tdf.num > tdf.den;
    if (!this.#isDilated || guests.length === 0) return;
    try {
      const groups = guests.flatMap(({ unifiedGroup }) => unifiedGroup ?? []);
      if (groups.length === 0) throw new Error("they have no cgroup of version 2");
      this.#counter = countRests(groups);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  /** Undefined: not told. At a TDF of 1 and less there are none: no rest is longer than without dilation. */
  of({ unifiedGroup }: Guest): readonly Rested[] | undefined {
    if (!this.#isDilated) return [];
    if (unifiedGroup === undefined) return undefined;
    try {
      return this.#counter?.read(unifiedGroup);
    } catch (error) {
      this.#giveUp(error as Error);
      return undefined;
    }
  }

  /** Safe to repeat. */
  close(): void {
    this.#counter?.close();
    this.#counter = undefined;
  }

  #giveUp({ message }: Error): void {
    this.close();
    this.#warn(`${NOT_MADE_UP}: ${message}`);
  }
}
