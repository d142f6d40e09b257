import { coreStepsPerSecond, type TriedCores } from "../host/core_reading.js";

/** How much an earlier window counts against the one after it. */
const EARLIER = 0.5;
/** A guest that has used less of a window than that says nothing of where it runs. */
const LEAST_NS = 1e6;

/**
 * How fast the cores are that one guest runs on: each of the host's by itself is faster or slower, and a guest with a small share stays on
 * one for a while. Where the kernel does not tell where it ran, all count alike.
 */
export class CoreMix {
  readonly #used: number[] = [];
  #before: readonly number[] | undefined;

  /**
   * @param begin how fast processors were so far, at a window's beginning
   * @param ofProcessors the guest's time on each of them so far, by number, at its end
   * @returns steps per second; undefined if no processor was tried
   */
  stepsPerSecond(
    begin: TriedCores,
    end: TriedCores,
    ofProcessors: readonly number[] | undefined,
  ): number | undefined {
    this.#note(ofProcessors);
    let [sum, weights] = [0, 0];
    end.cores.forEach((core, i) => {
      const before = begin.cores[i];
      const speed = coreStepsPerSecond({ cores: before === undefined ? [] : [before] }, { cores: [core] });
      const weight = this.#used[core.processor] ?? 0;
      if (speed === undefined) return;
      sum += weight * speed;
      weights += weight;
    });
    return weights < LEAST_NS ? coreStepsPerSecond(begin, end) : sum / weights;
  }

  #note(ofProcessors: readonly number[] | undefined): void {
    ofProcessors?.forEach((ns, processor) => {
      const used = ns - (this.#before?.[processor] ?? ns);
      this.#used[processor] = EARLIER * (this.#used[processor] ?? 0) + used;
    });
    this.#before = ofProcessors;
  }
}
