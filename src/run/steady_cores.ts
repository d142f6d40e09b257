import { coldCurve } from "../host/core_reading.js";
import type { Guest } from "../host/guests/guest.js";
import type { PulseReading } from "../host/pulse.js";
import type { GroupRested } from "../host/rests.js";
import type { ColdCurve } from "../scale/cold_caches.js";
import { CoreMix } from "./core_mix.js";
import { Overuse } from "./overuse.js";
import { Repeated } from "./repeated.js";
import { SpeedFollower } from "./speed_follower.js";
import { Warmth } from "./warmth.js";

export interface SteadyCoresOptions {
  /** How fast guests' cores are to be: steps per second of diecast-pulse's loop. */
  readonly stepsPerSecond: number;
  /** By what guests' shares of processors are divided: the TDF, or without dilation the one whose shares they have. */
  readonly dividedBy: number;
  /** By what guests' rests are longer than without dilation. */
  readonly tdf: number;
  /** Those with limits, and what share of a processor they have by the plan, real. */
  readonly guests: readonly LimitedGuest[];
  readPulse(): Promise<PulseReading | undefined>;
  /** Told once, if it cannot go on. */
  failed(error: Error): void;
}

interface LimitedGuest {
  readonly guest: Pick<Guest, "bandwidth" | "followSpeed" | "ofProcessors" | "usage">;
  readonly share: number;
  /** Its rests so far; undefined if they cannot be told. */
  rested(): readonly GroupRested[] | undefined;
  /** Pages that it touches in a millisecond; undefined if that cannot be told. */
  pages(): number | undefined;
}

/** What came of it so far. */
export interface SteadyReading {
  readonly stepsPerSecond: number;
  /** How long cores are looked at before shares are changed, real. */
  readonly windowMs: number;
  /** How many windows are over, and how long they were, real. */
  readonly windows: number;
  readonly windowsNs: number;
  /** What each guest had in them of what it was to have: real time × the speed of its core, as work feels it, × what caches leave of its time at its limit (Warmth) ÷ the speed asked for. */
  readonly deliveredNs: readonly number[];
  /** Real time × what part of each guest's time did something (Warmth); NaN where that could not always be told. */
  readonly warmNs: readonly number[];
  /** The same of the time in which each used up its share: by so much it has been made larger. */
  readonly warmAtLimitNs: readonly number[];
  /** Pages that each guest touches in a millisecond, as is known by now. */
  readonly pages: readonly (number | undefined)[];
}

/** Real. Shorter, a few probes would decide. */
const LEAST_WINDOW_MS = 500;
/**
 * Where shares are not divided. Each change costs something (src/run/overuse.ts), and the smaller a share, the longer is its period: so a window has
 * as many periods at every TDF.
 */
const WINDOW_UNDIVIDED_MS = 500;

/**
 * How much of a change of the probe's speed other work feels: servers' work goes with its power of 0.75 to 0.85 (docs/benchmarks.md), the auction site's
 * pages with that of 0.7 to 1.2.
 */
const FELT = 0.85;

/**
 * Keeps guests' cores as fast as asked for while the host's become faster and slower, as they do where machines share them: what
 * guests have is processor time, and it is given out by how much can be done in it.
 */
export class SteadyCores {
  readonly #options: SteadyCoresOptions;
  readonly #guests: readonly SteadyGuest[];
  readonly #windowMs: number;
  readonly #repeated: Repeated;
  #before: PulseReading | undefined;
  #windows = 0;
  #windowsNs = 0;

  constructor(options: SteadyCoresOptions) {
    this.#options = options;
    this.#guests = options.guests.map((limited) => new SteadyGuest(limited, options));
    this.#windowMs = Math.max(LEAST_WINDOW_MS, WINDOW_UNDIVIDED_MS * options.dividedBy);
    // The first window is short: until its end guests' cores are as fast as the host's.
    const firstMs = [0, LEAST_WINDOW_MS];
    const waitMs = () => firstMs.shift() ?? this.#windowMs;
    this.#repeated = new Repeated(waitMs, () => this.#look(), options.failed);
  }

  read(): SteadyReading {
    return {
      stepsPerSecond: this.#options.stepsPerSecond,
      windowMs: this.#windowMs,
      windows: this.#windows,
      windowsNs: this.#windowsNs,
      deliveredNs: this.#guests.map(({ deliveredNs }) => deliveredNs),
      warmNs: this.#guests.map(({ warmNs }) => warmNs),
      warmAtLimitNs: this.#guests.map(({ warmAtLimitNs }) => warmAtLimitNs),
      pages: this.#options.guests.map(({ pages }) => pages()),
    };
  }

  /** Shares stay as they are. Safe to repeat. */
  close(): Promise<void> {
    return this.#repeated.close();
  }

  async #look(): Promise<void> {
    const now = await this.#options.readPulse();
    // The counters were being written: the window becomes longer.
    if (now === undefined) return;
    if (this.#before !== undefined) this.#follow(this.#before, now);
    this.#before = now;
  }

  #follow(before: PulseReading, now: PulseReading): void {
    const windowNs = now.monotonicNs - before.monotonicNs;
    const curve = coldCurve(before, now);
    const told = this.#guests.map((guest) => guest.follow(before, now, windowNs, curve));
    // None was tried: the host was very busy.
    if (!told.every(Boolean)) return;
    this.#windows++;
    this.#windowsNs += windowNs;
  }
}

/** One guest's share, after the speed of the cores that it runs on, and what of that caches leave it. */
class SteadyGuest {
  /** See SteadyReading. */
  deliveredNs = 0;
  warmNs = 0;
  warmAtLimitNs = 0;
  readonly #guest: LimitedGuest["guest"];
  readonly #share: number;
  readonly #rested: LimitedGuest["rested"];
  readonly #pages: LimitedGuest["pages"];
  readonly #stepsPerSecond: number;
  readonly #follower = new SpeedFollower();
  readonly #mix = new CoreMix();
  readonly #overuse = new Overuse();
  readonly #warmth: Warmth;
  /** By what its share is multiplied. */
  #given = 1;

  constructor(
    { guest, share, rested, pages }: LimitedGuest,
    { stepsPerSecond, tdf }: Pick<SteadyCoresOptions, "stepsPerSecond" | "tdf">,
  ) {
    this.#guest = guest;
    this.#share = share;
    this.#rested = rested;
    this.#pages = pages;
    this.#stepsPerSecond = stepsPerSecond;
    this.#warmth = new Warmth(tdf);
  }

  /** @returns whether it could be told how fast its cores were in the window */
  follow(before: PulseReading, now: PulseReading, windowNs: number, curve: ColdCurve): boolean {
    const steps = this.#mix.stepsPerSecond(before, now, this.#guest.ofProcessors());
    const dueNs = windowNs * this.#share * this.#given;
    this.#overuse.note(this.#guest.usage(), dueNs);
    const rested = this.#rested();
    if (rested !== undefined) {
      const [pages, bandwidth] = [this.#pages(), this.#guest.bandwidth()];
      this.#warmth.note({ rested, curve, dueNs, pages, bandwidth });
    }
    if (steps === undefined) return false;
    const { part, atLimit } = this.#warmth;
    const speed = (steps / this.#stepsPerSecond) ** FELT * this.#overuse.ratio * atLimit;
    this.deliveredNs += windowNs * this.#given * speed;
    const toldNs = rested === undefined ? Number.NaN : windowNs;
    this.warmNs += toldNs * part;
    this.warmAtLimitNs += toldNs * atLimit;
    const factor = this.#follower.next(speed, windowNs / 1e9);
    // Also where the factor stays as it is: what is counted as used goes by what it does, and that changes with its load.
    this.#given = this.#guest.followSpeed(factor, (factor * this.#overuse.ratio * atLimit) / part);
    return true;
  }
}
