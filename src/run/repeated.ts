import { setTimeout as sleep } from "node:timers/promises";

/** What is done again and again while a run lasts. */
export class Repeated {
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  /**
   * @param waitMs how long to wait before it is done, real
   * @param failed told once, if it cannot be done: then it is no more
   */
  constructor(waitMs: () => number, act: () => Promise<void> | void, failed: (error: Error) => void) {
    this.#running = this.#run(waitMs, act).catch((error: Error) => {
      if (!this.#ending.signal.aborted) failed(error);
    });
  }

  /** It is not under way any more then. Safe to repeat. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(waitMs: () => number, act: () => Promise<void> | void): Promise<void> {
    for (;;) {
      await sleep(waitMs(), undefined, { signal: this.#ending.signal });
      await act();
    }
  }
}
