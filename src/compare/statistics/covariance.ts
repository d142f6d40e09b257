import { studentQuantile } from "./probabilities.js";
import { LEVEL } from "./ratio_of_means.js";

/** A value, and what was measured beside it that may move it. Both above 0. */
export interface Observation {
  readonly value: number;
  readonly covariate: number;
  readonly isScaled: boolean;
  /** What observations of one block have in common, such as a seed, is no difference between sides. */
  readonly block: number;
}

export interface AdjustedRatio {
  /** Scaled ÷ baseline at one value of the covariate; of geometric means. */
  readonly ratio: number;
  /** 95 %. */
  readonly interval: { readonly low: number; readonly high: number };
  /** The power of the covariate that values go with. */
  readonly exponent: number;
}

/** With fewer, Student's t is above 3: nothing is told then. */
const LEAST_DEGREES = 3;

/**
 * The ratio of two sides, had the covariate been the same: the analysis of covariance (Fisher 1932) of logarithms,
 *
 *     ln value = block + ln ratio · [scaled] + exponent · ln covariate + noise
 *
 * by least squares, with Student's t of observations − blocks − 2 degrees of freedom.
 * @returns undefined with fewer than three degrees of freedom, or where sides or the covariate do not vary by themselves within blocks
 */
export function ratioAtEqual(observations: readonly Observation[]): AdjustedRatio | undefined {
  const blocks = new Map<number, Observation[]>();
  for (const one of observations) blocks.set(one.block, [...(blocks.get(one.block) ?? []), one]);
  const degrees = observations.length - blocks.size - 2;
  if (degrees < LEAST_DEGREES) return undefined;
  const rows = [...blocks.values()].flatMap(withoutMeans);
  const sum = (product: (row: Row) => number) => rows.reduce((total, row) => total + product(row), 0);
  const [xx, zz, xz] = [sum(({ x }) => x * x), sum(({ z }) => z * z), sum(({ x, z }) => x * z)];
  const [xy, zy] = [sum(({ x, y }) => x * y), sum(({ z, y }) => z * y)];
  const determinant = xx * zz - xz * xz;
  if (!(determinant > 1e-9 * xx * zz)) return undefined;
  const logRatio = (zz * xy - xz * zy) / determinant;
  const exponent = (xx * zy - xz * xy) / determinant;
  const squares = sum(({ x, y, z }) => (y - logRatio * x - exponent * z) ** 2);
  const error = Math.sqrt(((squares / degrees) * zz) / determinant);
  const half = studentQuantile(1 - LEVEL, degrees) * error;
  return {
    ratio: Math.exp(logRatio),
    interval: { low: Math.exp(logRatio - half), high: Math.exp(logRatio + half) },
    exponent,
  };
}

/** Side, logarithm of the value and of the covariate, less the block's means. */
interface Row {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

function withoutMeans(block: readonly Observation[]): Row[] {
  const rows = block.map(({ value, covariate, isScaled }) => ({
    x: isScaled ? 1 : 0,
    y: Math.log(value),
    z: Math.log(covariate),
  }));
  const mean = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const [x, y, z] = [mean((row) => row.x), mean((row) => row.y), mean((row) => row.z)];
  return rows.map((row) => ({ x: row.x - x, y: row.y - y, z: row.z - z }));
}
