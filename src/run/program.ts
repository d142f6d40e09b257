import type { Clock, VirtualNs } from "../clock/clock.js";
import { DieCastError } from "../errors.js";
import type { Guest, GuestExit } from "../host/guests/guest.js";
import type { PlannedGuest } from "../plan/plan.js";
import { sleepUntil } from "./virtual_time.js";

/** One end of a guest's program, for the record. */
export interface ProgramEnd extends GuestExit {
  readonly virtualNs: VirtualNs;
  /** Whether the experiment foresees it: by `exit`, an event, or the run's own end. */
  readonly foreseen: boolean;
}

/** The program of one guest over the run: started, watched, started again as its restart policy says. */
export class Program {
  readonly guest: Guest;
  readonly plan: PlannedGuest;
  readonly ends: ProgramEnd[] = [];
  /** Whether it runs now. */
  up = false;
  /** Told of each end that the experiment does not foresee. */
  onSurprise: (end: ProgramEnd) => void = () => {};

  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #restarts = 0;
  #restarting = false;
  #intended = false;
  #running: Promise<void> = Promise.resolve();

  constructor(guest: Guest, plan: PlannedGuest, clock: Clock) {
    this.guest = guest;
    this.plan = plan;
    this.#clock = clock;
  }

  /** Starts it; as Guest.start(). A guest without a program is left as it is. */
  async start(gate = 0): Promise<void> {
    if (this.plan.group.run === undefined || this.retired) return;
    await this.guest.start(gate).catch((error: DieCastError) => {
      throw new DieCastError("failed", `${this.plan.name}: ${error.message}`, { cause: error });
    });
    this.up = true;
    this.#intended = false;
    this.#running = this.#follow();
  }

  /** Whatever ends it from now on until the next start is meant. */
  intend(): void {
    this.#intended = true;
  }

  /** The run is over: no end is a surprise, and nothing is started again. */
  retire(): void {
    this.#intended = true;
    this.#stopping.abort();
  }

  get retired(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Ends it if it runs, and starts it again, as an event asks. */
  async restart(): Promise<void> {
    this.intend();
    // Not the policy's turn: two would start it.
    this.#restarting = true;
    try {
      if (this.up) await this.guest.kill();
      await this.#running;
    } finally {
      this.#restarting = false;
    }
    if (!this.up) await this.start();
  }

  async #follow(): Promise<void> {
    const exit = await this.guest.programExit;
    const { code } = exit;
    this.up = false;
    const expected = this.plan.group.expectedExit;
    const foreseen = this.#intended || (code !== null && (expected?.includes(code) ?? false));
    const end = { ...exit, virtualNs: this.#clock.now().virtualNs, foreseen };
    this.ends.push(end);
    if (!foreseen) this.onSurprise(end);
    if (this.#mayRestart(end)) void this.#startAgain();
  }

  #mayRestart(end: ProgramEnd): boolean {
    const { when, most } = this.plan.group.restart;
    if (this.retired || this.#restarting || this.#restarts >= most || end.notRun !== undefined) return false;
    return when === "always" || (when === "on-failure" && end.code !== 0);
  }

  async #startAgain(): Promise<void> {
    this.#restarts += 1;
    const { delayNs } = this.plan.group.restart;
    try {
      const due = this.#clock.now().virtualNs + BigInt(Math.round(delayNs));
      await sleepUntil(this.#clock, due, this.#stopping.signal);
      // A restart event may have been quicker.
      if (!this.up) await this.start();
    } catch (error) {
      if (this.retired) return;
      const end = {
        code: null,
        signal: null,
        virtualNs: this.#clock.now().virtualNs,
        foreseen: false,
        notRun: (error as Error).message,
      };
      this.ends.push(end);
      this.onSurprise(end);
    }
  }
}

/** "exit code 1" or "signal SIGKILL". */
export function describeExit({ code, signal }: GuestExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
