import type { Interval } from "../set_comparison.js";
import { studentQuantile } from "./probabilities.js";
import { LEVEL } from "./ratio_of_means.js";

const MOST = 10_000;

/**
 * About how many repeats would tell whether an error lies within its margin, if it and the spread stay what they are: the interval
 * narrows with their square root, and a little more by Student's t.
 * @param repeats what the interval rests on, at least 2
 * @returns more than `repeats`; undefined where no number of them that anybody would wait for does
 */
export function repeatsNeeded(
  error: number,
  interval: Interval,
  margin: number,
  repeats: number,
): number | undefined {
  const { low, high } = interval;
  if (low === null || high === null) return undefined;
  const room = Math.abs(margin - Math.abs(error));
  const halfAt = (n: number) =>
    ((high - low) / 2) * Math.sqrt(repeats / n) * (quantile(n) / quantile(repeats));
  for (let n = repeats + 1; n <= MOST; n = Math.ceil(n * 1.02)) if (halfAt(n) <= room) return n;
  return undefined;
}

function quantile(repeats: number): number {
  return studentQuantile(1 - LEVEL, repeats - 1);
}
