import type { Phase } from "./reporter.js";

/** How long the phases of a run take, in real time. */
export class Stopwatch {
  readonly #beganMs = new Map<Phase, number>();

  /** Each phase lasts until the next one, or until it is asked for. */
  enter(phase: Phase): void {
    this.#beganMs.set(phase, performance.now());
  }

  realNs(): ReadonlyMap<Phase, number> {
    const began = [...this.#beganMs];
    const now = performance.now();
    return new Map(
      began.map(([phase, ms], i) => [phase, Math.round(((began[i + 1]?.[1] ?? now) - ms) * 1e6)]),
    );
  }
}
