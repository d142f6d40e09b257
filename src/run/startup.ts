import { DieCastError } from "../errors.js";
import { forEach } from "../host/pool.js";
import type { Model } from "./model.js";
import type { Program } from "./program.js";
import { type OutputFiles, waitUntilReady } from "./ready.js";
import { within } from "./virtual_time.js";

/** Programs that are put to their gates at the same time. */
const STARTERS = 8;

/** Starts the programs of a model in their order. */
export class Startup {
  readonly #model: Model;
  readonly #programs: readonly Program[];
  readonly #output: (guest: string) => OutputFiles;
  readonly #signal: AbortSignal;
  readonly #groups = new Map<string, Promise<void>>();
  readonly #notReady: Set<string>;

  constructor(
    model: Model,
    programs: readonly Program[],
    output: (guest: string) => OutputFiles,
    signal: AbortSignal,
  ) {
    this.#model = model;
    this.#programs = programs;
    this.#output = output;
    this.#signal = signal;
    this.#notReady = new Set(programs.map((program) => program.plan.name));
  }

  /** Puts those that wait for nobody to their gates; the clock is frozen. */
  async load(): Promise<void> {
    const first = this.#programs.filter((program) => program.plan.group.after.length === 0);
    await forEach(first, STARTERS, async (program) => {
      this.#signal.throwIfAborted();
      await program.start();
    });
  }

  /**
   * Lets time run: all loaded programs begin at one virtual instant, the others when those they wait for are ready.
   * Resolves when all are.
   * @throws DieCastError `failed` when a guest does not get ready, or all together not within phases.ready
   */
  async release(): Promise<void> {
    const { clock, plan } = this.#model;
    await clock.resume();
    const all = Promise.all(plan.experiment.guests.map((group) => this.#groupReady(group.name)));
    const { readyNs } = plan.experiment.phases;
    await within(clock, readyNs, this.#signal, all, () => {
      const waited = [...this.#notReady].join(", ");
      return new DieCastError("failed", `phases.ready: not ready after ${readyNs / 1e9} s: ${waited}`);
    });
  }

  // The experiment has been checked: nobody waits for himself, however far around.
  #groupReady(name: string): Promise<void> {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const ready = this.#startGroup(name);
    this.#groups.set(name, ready);
    return ready;
  }

  async #startGroup(name: string): Promise<void> {
    const members = this.#programs.filter((program) => program.plan.group.name === name);
    const after = members[0]?.plan.group.after ?? [];
    await Promise.all(after.map((other) => this.#groupReady(other)));
    await Promise.all(
      members.map(async (program) => {
        if (after.length > 0) await program.start();
        const output = this.#output(program.plan.name);
        await waitUntilReady(program, output, this.#model.clock, this.#signal);
        this.#notReady.delete(program.plan.name);
      }),
    );
  }
}
