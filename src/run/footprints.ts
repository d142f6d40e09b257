import { setTimeout as sleep } from "node:timers/promises";
import type { Guest } from "../host/guests/guest.js";
import { tryToWatchPages, watchPages } from "../host/touched_pages.js";
import { pagesInMillisecond } from "../scale/cold_caches.js";
import { Repeated } from "./repeated.js";

type Watched = Pick<Guest, "unifiedGroup" | "usage">;

export interface FootprintsOptions {
  readonly guests: readonly Watched[];
  /** Told once, of the first guest of which it cannot be told; it is not asked of that one any more. */
  untold(error: Error): void;
}

/** Between two looks, and between two at the same guest, each of which takes some milliseconds; real. */
const PAUSE_MS = 250;
const GUEST_PAUSE_MS = 2000;
/** How long a guest is to run in a look, and how long that is waited for; real. */
const LEAST_RAN_NS = 1e6;
const PATIENCE_MS = 1000;
const STEP_MS = 20;
/** Of which the median counts. */
const MOST_LOOKS = 9;
/** Of those that have not run since, so many are passed over at once: asking each costs some reads of files. */
const MOST_PASSED_OVER = 4;

/** How much memory each guest touches while it runs, by looks at one after the other. */
export class Footprints {
  readonly #untold: FootprintsOptions["untold"];
  readonly #footprints: ReadonlyMap<Watched, Footprint>;
  /** Whose turn it is first. */
  readonly #queue: Footprint[];
  readonly #repeated: Repeated | undefined;
  #hasToldOne = false;
  #isClosed = false;

  constructor({ guests, untold }: FootprintsOptions) {
    this.#untold = untold;
    this.#footprints = new Map(guests.map((guest) => [guest, new Footprint(guest)]));
    this.#queue = [...this.#footprints.values()];
    try {
      tryToWatchPages();
    } catch (error) {
      untold(error as Error);
      return;
    }
    const pauseMs = Math.max(PAUSE_MS, GUEST_PAUSE_MS / guests.length);
    this.#repeated = new Repeated(
      () => pauseMs,
      () => this.#look(),
      untold,
    );
  }

  /** Pages in a millisecond; undefined as long as nothing tells. */
  of(guest: Watched): number | undefined {
    return this.#footprints.get(guest)?.pages;
  }

  /** What was found stays. Safe to repeat. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#repeated?.close();
  }

  async #look(): Promise<void> {
    const next = this.#nextThatRan();
    if (next === undefined) return;
    try {
      await next.look(() => this.#isClosed);
    } catch (error) {
      this.#queue.splice(this.#queue.indexOf(next), 1);
      if (!this.#hasToldOne) this.#untold(error as Error);
      this.#hasToldOne = true;
    }
  }

  #nextThatRan(): Footprint | undefined {
    for (let left = Math.min(MOST_PASSED_OVER, this.#queue.length); left > 0; left--) {
      const one = this.#queue.shift() as Footprint;
      this.#queue.push(one);
      if (one.hasRun()) return one;
    }
    return undefined;
  }
}

/** One guest's. */
class Footprint {
  readonly #guest: Watched;
  readonly #looks: number[] = [];
  /** When it was asked last. */
  #cpuRealNs = 0;

  constructor(guest: Watched) {
    this.#guest = guest;
  }

  get pages(): number | undefined {
    const looks = [...this.#looks].sort((one, other) => one - other);
    return looks[Math.floor(looks.length / 2)];
  }

  /** Since this was asked before. */
  hasRun(): boolean {
    const { cpuRealNs } = this.#guest.usage();
    const ranNs = cpuRealNs - this.#cpuRealNs;
    this.#cpuRealNs = cpuRealNs;
    return ranNs >= LEAST_RAN_NS;
  }

  /** @throws DieCastError `unsupported` if it cannot be told */
  async look(isClosed: () => boolean): Promise<void> {
    const pages = this.#guest.unifiedGroup && (await watchPages(this.#guest.unifiedGroup));
    if (!pages) return;
    const beginNs = this.#guest.usage().cpuRealNs;
    const ran = () => this.#guest.usage().cpuRealNs - beginNs;
    const endMs = performance.now() + PATIENCE_MS;
    while (ran() < LEAST_RAN_NS) {
      if (performance.now() >= endMs || isClosed()) return;
      await sleep(STEP_MS);
    }
    const beforeNs = ran();
    const count = await pages.count();
    if (count === undefined) return;
    // It goes on while they are counted, which takes some milliseconds.
    this.#looks.push(pagesInMillisecond(count, (beforeNs + ran()) / 2));
    if (this.#looks.length > MOST_LOOKS) this.#looks.shift();
  }
}
