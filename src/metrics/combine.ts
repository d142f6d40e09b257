import type { Combine } from "../spec/experiment.js";
import { Distribution } from "./distribution.js";

/** Makes one of many values, in bounded memory. */
export class Combiner {
  readonly #how: Combine;
  readonly #values = new Distribution();
  #sum = 0;
  #last = Number.NaN;

  constructor(how: Combine) {
    this.#how = how;
  }

  add(value: number): void {
    this.#values.add(value);
    this.#sum += value;
    this.#last = value;
  }

  get count(): number {
    return this.#values.count;
  }

  /** Undefined if there was no value; only a count of nothing is 0. */
  result(): number | undefined {
    if (this.#how === "count") return this.#values.count;
    if (this.#values.count === 0) return undefined;
    switch (this.#how) {
      case "sum":
        return this.#sum;
      case "mean":
        return this.#values.mean;
      case "min":
        return this.#values.min;
      case "max":
        return this.#values.max;
      case "last":
        return this.#last;
      case "median":
        return this.#values.quantile(0.5);
    }
  }
}
