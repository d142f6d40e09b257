import type { ResourcePoint } from "./data.js";

/**
 * A series of any length in bounded memory: once there are twice as many points as wanted, each two neighbours become
 * one, and so do those that follow. Means stay means, and extremes are never lost.
 */
export class ThinnedSeries {
  readonly #most: number;
  #points: ResourcePoint[] = [];
  #perPoint = 1;
  #open: ResourcePoint[] = [];

  /** @param most about how many points are wanted; between that and twice as many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  add(point: ResourcePoint): void {
    this.#open.push(point);
    if (this.#open.length < this.#perPoint) return;
    this.#points.push(merge(this.#open));
    this.#open = [];
    if (this.#points.length < 2 * this.#most) return;
    this.#perPoint *= 2;
    this.#points = pairs(this.#points).map(merge);
  }

  /** What is too little for a point at the end is left out, unless it is all. */
  get points(): readonly ResourcePoint[] {
    return this.#points.length === 0 && this.#open.length > 0 ? [merge(this.#open)] : this.#points;
  }

  /** How many samples a point stands for. */
  get samplesPerPoint(): number {
    return this.#perPoint;
  }
}

function merge(points: readonly ResourcePoint[]): ResourcePoint {
  const mean = (of: (point: ResourcePoint) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return {
    atS: mean(({ atS }) => atS),
    mean: mean((point) => point.mean),
    least: Math.min(...points.map(({ least }) => least)),
    most: Math.max(...points.map(({ most }) => most)),
  };
}

function pairs<T>(items: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += 2) result.push(items.slice(i, i + 2));
  return result;
}
