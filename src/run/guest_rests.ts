import type { Guest } from "../host/guests/guest.js";
import { countRests, type GroupRested, type RestCounter } from "../host/rests.js";
import type { Tdf } from "../scale/tdf.js";

type Grouped = Pick<Guest, "unifiedGroup">;

/** How long guests rest, as far as the kernel tells; where it does not, that costs a warning. */
export class GuestRests {
  readonly #isDilated: boolean;
  #counter: RestCounter | undefined;

  constructor(guests: readonly Grouped[], tdf: Tdf, warn: (line: string) => void) {
    this.#isDilated = tdf.num > tdf.den;
    if (!this.#isDilated || guests.length === 0) return;
    try {
      const groups = guests.flatMap(({ unifiedGroup }) => unifiedGroup ?? []);
      if (groups.length === 0) throw new Error("they have no cgroup of version 2");
      this.#counter = countRests(groups);
    } catch (error) {
      const reason = (error as Error).message;
      warn(`what guests lose to caches that go cold while they rest is not made up for: ${reason}`);
    }
  }

  /** At a TDF of 1 and less they are not. */
  get areTold(): boolean {
    return this.#counter !== undefined;
  }

  /**
   * Undefined: not told. At a TDF of 1 and less there are none: no rest is longer than without dilation.
   * @throws Error with the kernel's answer
   */
  of({ unifiedGroup }: Grouped): readonly GroupRested[] | undefined {
    if (!this.#isDilated) return [];
    return unifiedGroup === undefined ? undefined : this.#counter?.read(unifiedGroup);
  }

  /** Safe to repeat. */
  close(): void {
    this.#counter?.close();
    this.#counter = undefined;
  }
}
