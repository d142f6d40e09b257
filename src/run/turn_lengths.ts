import type { Guest } from "../host/guests/guest.js";
import type { TurnLength } from "../scale/cpu.js";
import { Repeated } from "./repeated.js";

export interface TurnLengthsOptions {
  readonly tdf: number;
  /** Those with limits, and what share of a processor they have by the plan, real. */
  readonly guests: readonly LimitedGuest[];
  /** Told once, if it cannot go on. */
  failed(error: Error): void;
}

interface LimitedGuest {
  readonly guest: Pick<Guest, "takeTurns" | "usage">;
  readonly share: number;
}

/** How long a guest is looked at before its turns become longer or shorter, virtual; and at least, real. */
const WINDOW_VIRTUAL_MS = 500;
const LEAST_WINDOW_MS = 500;
/** How much the last window counts. */
const NEWEST = 0.5;
/** Who uses more of its share has long turns, until it uses less than the other. */
const BUSY = 0.5;
const CALM = 0.35;

/**
 * Gives guests that have much to do long turns on a processor, and the others short ones. Who has little to do answers as soon as it has had
 * what one answer takes: short turns make that nearly as long at every TDF. Of who has much to do others wait for all that is before them, and what
 * counts is how much it gets done. At every TDF guests are looked at for as long, virtual.
 */
export class TurnLengths {
  readonly #repeated: Repeated;

  constructor({ tdf, guests, failed }: TurnLengthsOptions) {
    const turns = guests.map((limited) => new Turns(limited));
    const windowMs = Math.max(LEAST_WINDOW_MS, WINDOW_VIRTUAL_MS * tdf);
    let thenMs = performance.now();
    const look = () => {
      const nowMs = performance.now();
      for (const one of turns) one.look((nowMs - thenMs) * 1e6);
      thenMs = nowMs;
    };
    this.#repeated = new Repeated(() => windowMs, look, failed);
  }

  /** Turns stay as they are. Safe to repeat. */
  close(): Promise<void> {
    return this.#repeated.close();
  }
}

class Turns {
  readonly #guest: LimitedGuest["guest"];
  readonly #share: number;
  #usedNs: number;
  /** The share of its share that it uses. */
  #use = 0;
  #length: TurnLength = "short";

  constructor({ guest, share }: LimitedGuest) {
    this.#guest = guest;
    this.#share = share;
    this.#usedNs = guest.usage().cpuNominalNs;
  }

  /** @param windowNs how long ago the last look was, real */
  look(windowNs: number): void {
    const usedNs = this.#guest.usage().cpuNominalNs;
    const use = (usedNs - this.#usedNs) / (windowNs * this.#share);
    this.#usedNs = usedNs;
    this.#use = NEWEST * use + (1 - NEWEST) * this.#use;
    const length = this.#use > (this.#length === "long" ? CALM : BUSY) ? "long" : "short";
    if (length !== this.#length) this.#guest.takeTurns(length);
    this.#length = length;
  }
}
