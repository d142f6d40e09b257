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
  /** Of groups that wait for the same others, by these. */
  readonly #waves = new Map<string, Promise<void>>();
  /** The gate before the last wave that is under way, and when it is open: they open in their order. */
  #gate = 0;
  #opened: Promise<unknown> = Promise.resolve();
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
  load(): Promise<void> {
    return this.#load([], 0);
  }

  /**
   * Lets time run: all loaded programs begin at one virtual instant, the others when those they wait for are ready, all that wait for the same at
   * one instant, too. Else they would begin one after the other as the host gets them ready, which takes as long in real time at every TDF.
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
    if (after.length > 0) await this.#waveStarted(after);
    await Promise.all(
      members.map(async (program) => {
        const output = this.#output(program.plan.name);
        await waitUntilReady(program, output, this.#model.clock, this.#signal);
        this.#notReady.delete(program.plan.name);
      }),
    );
  }

  #waveStarted(after: readonly string[]): Promise<void> {
    const key = keyOf(after);
    const known = this.#waves.get(key);
    if (known !== undefined) return known;
    const started = this.#startWave(after);
    this.#waves.set(key, started);
    return started;
  }

  async #startWave(after: readonly string[]): Promise<void> {
    await Promise.all(after.map((other) => this.#groupReady(other)));
    const gate = ++this.#gate;
    const [loaded, opened] = [this.#load(after, gate), this.#opened];
    const isOpen = Promise.allSettled([loaded, opened]).then(() => this.#model.clock.openGates(gate));
    this.#opened = isOpen.catch(() => {});
    await loaded;
    await isOpen;
  }

  /** Puts those that wait for these others to their gate. */
  #load(after: readonly string[], gate: number): Promise<void> {
    const key = keyOf(after);
    const wave = this.#programs.filter(({ plan }) => keyOf(plan.group.after) === key);
    return forEach(wave, STARTERS, async (program) => {
      this.#signal.throwIfAborted();
      await program.start(gate);
    });
  }
}

// No name has a blank in it.
function keyOf(after: readonly string[]): string {
  return [...after].sort().join(" ");
}
