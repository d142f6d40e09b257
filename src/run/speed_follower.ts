/** How much the last window counts for what the next is expected to be: speeds keep for seconds, and each has noise. */
const NEWEST = 0.5;
/** In how many windows what was missed is made up for; and how much of a window at most in one: guests are not to see bursts. */
const CATCH_UP = 2;
const MOST_CATCH_UP = 0.4;
/** What was missed before that many windows is lost. */
const MOST_BEHIND = 4;
/** To change less is not worth it (src/run/overuse.ts); it is made up for later. */
const LEAST_CHANGE = 0.02;

/**
 * By what a guest's share of processors is to be multiplied so that its cores are as fast as asked for, in the mean over a few
 * windows, as the host's become faster and slower. Its own error does not add up: by dividing by a noisy guess alone the share
 * would be too large in the mean.
 */
export class SpeedFollower {
  #expected: number | undefined;
  #factor = 1;
  /** In seconds of a core as fast as asked for; what the guest had too little is positive. */
  #behindS = 0;

  /**
   * The factor for the next window.
   * @param speed how fast the host's cores were in the last one; 1: as asked for
   * @param seconds how long that was, real
   */
  next(speed: number, seconds: number): number {
    // The first window is from before there was anything to follow.
    if (this.#expected !== undefined) this.#behindS += (1 - this.#factor * speed) * seconds;
    this.#expected = NEWEST * speed + (1 - NEWEST) * (this.#expected ?? speed);
    this.#behindS = within(this.#behindS, MOST_BEHIND * seconds);
    const catchUp = within(this.#behindS / CATCH_UP / seconds, MOST_CATCH_UP);
    const factor = (1 + catchUp) / this.#expected;
    if (Math.abs(factor / this.#factor - 1) >= LEAST_CHANGE) this.#factor = factor;
    return this.#factor;
  }
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}
