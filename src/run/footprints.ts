import { setTimeout as sleep } from "node:timers/promises";
import type { Guest } from "../host/guests/guest.js";
import { watchPages } from "../host/touched_pages.js";
import { pagesInMillisecond } from "../scale/cold_caches.js";
import { Repeated } from "./repeated.js";

type Watched = Pick<Guest, "unifiedGroup" | "usage">;

export interface FootprintsOptions {
  readonly guests: readonly Watched[];
  /** Told once, if it cannot go on. */
  failed(error: Error): void;
}

/** Between two looks, and between two at the same guest, each of which takes some milliseconds; real. */
const PAUSE_MS = 250;
const GUEST_PAUSE_MS = 2000;
/** How long a guest is to run in a look, and how long that is waited for; real. */
const LEAST_RAN_NS = 1e6;
const PATIENCE_MS = 1000;
const STEP_MS = 10;
/** Of which the median counts. */
const MOST_LOOKS = 9;

/** How much memory each guest touches while it runs, by looks at one after the other. */
export class Footprints {
  readonly #guests: readonly Watched[];
  readonly #looks: Map<Watched, number[]>;
  readonly #repeated: Repeated;
  #next = 0;
  #isClosed = false;

  constructor({ guests, failed }: FootprintsOptions) {
    this.#guests = guests;
    this.#looks = new Map(guests.map((guest) => [guest, []]));
    this.#repeated = new Repeated(
      () => Math.max(PAUSE_MS, GUEST_PAUSE_MS / guests.length),
      () => this.#lookAtNext(),
      failed,
    );
  }

  /** Pages in a millisecond; undefined as long as nothing tells. */
  of(guest: Watched): number | undefined {
    const looks = [...(this.#looks.get(guest) ?? [])].sort((one, other) => one - other);
    return looks[Math.floor(looks.length / 2)];
  }

  /** What was found stays. Safe to repeat. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#repeated.close();
  }

  async #lookAtNext(): Promise<void> {
    const guest = this.#guests[this.#next++ % this.#guests.length];
    if (guest?.unifiedGroup === undefined) return;
    const pages = await watchPages(guest.unifiedGroup);
    if (pages === undefined) return;
    const { cpuRealNs } = guest.usage();
    const ran = () => guest.usage().cpuRealNs - cpuRealNs;
    for (let leftMs = PATIENCE_MS; ran() < LEAST_RAN_NS; leftMs -= STEP_MS) {
      if (leftMs <= 0 || this.#isClosed) return;
      await sleep(STEP_MS);
    }
    const ranNs = ran();
    const count = await pages.count();
    if (count === undefined) return;
    const looks = this.#looks.get(guest);
    looks?.push(pagesInMillisecond(count, ranNs));
    if (looks !== undefined && looks.length > MOST_LOOKS) looks.shift();
  }
}
