import type { Equivalence } from "../set_comparison.js";
import { LEVEL, type RatioOfMeans } from "./ratio_of_means.js";

export interface Judgement {
  /** The larger of the two one-sided tests' p-values. */
  readonly equivalenceP: number;
  readonly verdict: Equivalence;
}

/**
 * Two one-sided tests (Schuirmann 1987), and whether the contrary is shown.
 * @param margin as a share of the baseline
 */
export function judge({ below, above }: RatioOfMeans, margin: number): Judgement {
  const [least, most] = [1 - margin, 1 + margin];
  const equivalenceP = Math.max(above(least), below(most));
  const outside = Math.min(below(least), above(most));
  return {
    equivalenceP,
    verdict: equivalenceP <= LEVEL ? "equivalent" : outside <= LEVEL ? "different" : "inconclusive",
  };
}
