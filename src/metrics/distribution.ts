import { DDSketch } from "@datadog/sketches-js";

/** What is kept of many values. Quantiles are exact up to `Distribution.EXACT` values, beyond within 0.05 %. */
export interface DistributionSummary {
  readonly count: number;
  readonly mean: number;
  /** Of the sample (n - 1); 0 for a single value. */
  readonly stddev: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Takes any number of values in bounded memory: 2 MiB, or a sketch once there are more than that holds. */
export class Distribution {
  static readonly EXACT = 2 ** 18;
  static readonly SKETCH_ERROR = 0.0005;

  #values = new Float64Array(256);
  #sketch: DDSketch | undefined;
  #sorted = false;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** @param value a finite number */
  add(value: number): void {
    if (this.#count < Distribution.EXACT) this.#store(value);
    else this.#sketchOf().accept(value);
    this.#count++;
    // Welford's update: a sum of squares would lose its digits over a long run.
    const off = value - this.#mean;
    this.#mean += off / this.#count;
    this.#squares += off * (value - this.#mean);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#mean;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** @param share 0 to 1; NaN if there is no value */
  quantile(share: number): number {
    if (this.#sketch !== undefined) {
      return Math.min(this.#max, Math.max(this.#min, this.#sketch.getValueAtQuantile(share)));
    }
    const values = this.#values.subarray(0, this.#count);
    if (!this.#sorted) values.sort();
    this.#sorted = true;
    return quantileOfSorted(values, share);
  }

  /** Undefined if there is no value: nothing measured is not zero. */
  summary(): DistributionSummary | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      mean: this.#mean,
      stddev: this.#count === 1 ? 0 : Math.sqrt(this.#squares / (this.#count - 1)),
      min: this.#min,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      max: this.#max,
    };
  }

  #store(value: number): void {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count] = value;
    this.#sorted = false;
  }

  #sketchOf(): DDSketch {
    if (this.#sketch === undefined) {
      this.#sketch = new DDSketch({ relativeAccuracy: Distribution.SKETCH_ERROR });
      for (const value of this.#values) this.#sketch.accept(value);
      this.#values = new Float64Array(0);
    }
    return this.#sketch;
  }
}

/** With linear interpolation between ranks (Hyndman and Fan 1996, type 7); NaN if there is no value. */
function quantileOfSorted(values: Float64Array, share: number): number {
  const rank = share * (values.length - 1);
  const below = values[Math.floor(rank)] ?? Number.NaN;
  const above = values[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}
