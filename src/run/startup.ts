import { DieCastError } from "../errors.js";
import type { Model } from "./model.js";
import { forEach } from "./pool.js";
import type { Program } from "./program.js";
import { type OutputFiles, waitUntilReady } from "./ready.js";

/** Programs that are put to their gates at the same time. */
const STARTERS = 8;

/** Starts the programs of a model in their order. */
export class Startup {
  readonly #model: Model;
  readonly #programs: readonly Program[];
  readonly #output: (guest: string) => OutputFiles;
  readonly #signal: AbortSignal;
  readonly #groups = new Map<string, Promise<void>>();

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
   * @throws DieCastError `failed` when a guest does not get ready
   */
  async release(): Promise<void> {
    await this.#model.clock.resume();
    const all = Promise.all(this.#model.plan.experiment.guests.map((group) => this.#groupReady(group.name)));
    const { readyNs } = this.#model.plan.experiment.phases;
    const begin = this.#model.clock.now().virtualNs;
    await all;
    const tookNs = Number(this.#model.clock.now().virtualNs - begin);
    if (tookNs > readyNs) {
      throw new DieCastError(
        "failed",
        `phases.ready: the guests were ready after ${(tookNs / 1e9).toFixed(1)} s; at most ${readyNs / 1e9} s are allowed`,
      );
    }
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
      }),
    );
  }
}
