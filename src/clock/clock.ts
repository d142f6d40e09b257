import { DieCastError } from "../errors.js";
import { loadNative, type NativeTimePage } from "../native.js";
import { parseTdf, type Tdf } from "../scale/tdf.js";
import { parseStartTime } from "./start_time.js";

/** Nanoseconds of the host's CLOCK_MONOTONIC. */
export type RealNs = bigint & { readonly clock?: "real" };
/** Nanoseconds of the guests' CLOCK_MONOTONIC. */
export type VirtualNs = bigint & { readonly clock?: "virtual" };
/** Nanoseconds since 1970 of the guests' CLOCK_REALTIME. */
export type VirtualWallNs = bigint & { readonly clock?: "virtual-wall" };

/** Both times at one moment. */
export interface ClockReading {
  readonly realNs: RealNs;
  readonly virtualNs: VirtualNs;
  readonly virtualWallNs: VirtualWallNs;
}

export interface ClockOptions {
  /** Real duration ÷ virtual duration: 10, 2.5, "1/3"; from 1/1000 to 10000. */
  tdf: number | string;
  /** The virtual wall clock at the beginning: as `diecast exec --start`, a Date, or ns since 1970. Default: now. */
  start?: string | Date | bigint;
  /** Begin at rest; `resume()` starts time for all guests at one moment. Default: false. */
  frozen?: boolean;
}

/** Makes a supervisor apply the clock's new course to waits already under way; resolves when it has. */
export type Kick = () => Promise<void>;

/**
 * A virtual time that process trees live in. Trees spawned with the same clock agree on the time. The trees keep
 * their time when the object is closed or collected.
 */
export class Clock {
  readonly #page: NativeTimePage;
  readonly #kicks = new Set<Kick>();
  #tdf: Tdf;
  #last: ClockReading | undefined;
  #changing: Promise<void> | undefined;

  /** @throws DieCastError `invalid-option`, `not-built` or `unsupported` */
  constructor(options: ClockOptions) {
    this.#tdf = parseTdf(options.tdf, "tdf");
    const startNs = parseStartTime(options.start, "start");
    const { TimePage } = loadNative();
    this.#page = new TimePage(this.#tdf.num, this.#tdf.den, startNs, options.frozen ?? false);
  }

  /** Reads both clocks; after close(), what they were then. */
  now(): ClockReading {
    return this.#last ?? this.#page.now();
  }

  /** The TDF in force, also while time stands still. */
  get tdf(): Tdf {
    return this.#tdf;
  }

  /** Whether time stands still. */
  get frozen(): boolean {
    return this.#last === undefined && this.#page.frozen;
  }

  /** Changes the TDF. Resolves when all waits and timers of the trees follow the new rate. */
  async setRate(tdf: number | string): Promise<void> {
    const parsed = parseTdf(tdf, "tdf");
    await this.#change((page) => {
      page.setRate(parsed.num, parsed.den);
      this.#tdf = parsed;
    });
  }

  /** Stops time. Resolves when no wait of the trees can end any more by its time running out. */
  async freeze(): Promise<void> {
    await this.#change((page) => page.freeze());
  }

  /** Lets time run on from where it stopped. */
  async resume(): Promise<void> {
    await this.#change((page) => page.resume());
  }

  /** Gives the memory and its descriptor back. Trees that use the clock keep it, but it can no longer be changed. */
  close(): void {
    if (this.#last !== undefined) return;
    this.#last = this.#page.now();
    this.#page.setRearming(false);
    this.#page.close();
  }

  /** @internal The descriptor of the time page. */
  get fd(): number {
    return this.#open().fd;
  }

  /** @internal Lets programs begin that wait at gates up to this number, at one instant. Gates stay open. */
  openGates(number: number): void {
    this.#open().openGates(number);
  }

  /** @internal Registers a tree's supervisor; returns how to take it off again. */
  attach(kick: Kick): () => void {
    this.#kicks.add(kick);
    return () => this.#kicks.delete(kick);
  }

  #open(): NativeTimePage {
    if (this.#last !== undefined) throw new DieCastError("failed", "the clock is closed");
    return this.#page;
  }

  // Takes effect at once, unless trees are still following the change before: supervisors know of one step back only.
  #change(write: (page: NativeTimePage) => void): Promise<void> {
    this.#open();
    const change =
      this.#changing === undefined ? this.#apply(write) : this.#changing.then(() => this.#apply(write));
    const settled = change
      .catch(() => {})
      .finally(() => {
        if (this.#changing === settled) this.#changing = undefined;
      });
    this.#changing = settled;
    return change;
  }

  // Meanwhile the trees' calls on kernel timers wait: those timers are being moved.
  async #apply(write: (page: NativeTimePage) => void): Promise<void> {
    const page = this.#open();
    page.setRearming(true);
    try {
      write(page);
      await Promise.all([...this.#kicks].map((kick) => kick()));
    } finally {
      if (this.#last === undefined) page.setRearming(false);
    }
  }
}
