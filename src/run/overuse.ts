import type { GuestUsage } from "../host/guests/guest.js";
import { heldBackShare } from "../metrics/guest_usage.js";

type Use = Pick<GuestUsage, "cpuRealNs" | "periods" | "throttledPeriods">;

/** Of the periods of a window, those in which a guest is held back that wants more than it has all the time. */
const ALWAYS = 0.95;
/** How much one window counts: at its borders a burst may fall into the one or the other. */
const NEWEST = 0.1;
/** What is further off is no overuse. */
const [LEAST, MOST] = [0.9, 1.2];

/**
 * How much more a guest has than its share says. Each time a share is written, the kernel gives what of the present period's quota has been
 * used once more, and forgets what was used too much: up to a millisecond's worth (without native/tick: a tick's), which is more, the smaller the share is. It is seen where a guest uses
 * all that it has.
 */
export class Overuse {
  #before: Use | undefined;
  #ratio = 1;

  /** 1: as much as its share says. */
  get ratio(): number {
    return this.#ratio;
  }

  /**
   * @param use the guest's at a window's end
   * @param dueNs what its share came to in the window, real ns of processor time
   */
  note(use: Use, dueNs: number): void {
    const before = this.#before;
    this.#before = use;
    if (before === undefined || dueNs <= 0) return;
    if ((heldBackShare(before, use) ?? 0) < ALWAYS) return;
    const ratio = (use.cpuRealNs - before.cpuRealNs) / dueNs;
    this.#ratio += NEWEST * (Math.min(Math.max(ratio, LEAST), MOST) - this.#ratio);
  }
}
