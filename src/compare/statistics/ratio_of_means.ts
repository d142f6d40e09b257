import type { Interval } from "../set_comparison.js";
import { studentCdf } from "./probabilities.js";

/** What repeats of two sides tell of the ratio of their true means. */
export interface RatioOfMeans {
  /** 95 %, of scaled ÷ baseline. `null`: no bound on that side, as the baseline's mean may be 0. */
  readonly interval: Interval;
  /** p-value of "the ratio is at least `ratio`": small if it is shown to be below. */
  below(ratio: number): number;
  /** p-value of "the ratio is at most `ratio`": small if it is shown to be above. */
  above(ratio: number): number;
}

/** One-sided level: 2.5 %, so that what the tests say is what the 95 % interval shows. */
export const LEVEL = 0.025;

/**
 * The ratio of two means, of sides drawn by themselves, with unequal variances. "The ratio is θ" is the same as "mean(scaled) - θ mean(baseline) is 0", which
 * Welch's t tests (Welch 1947; for ratios: Sasabuchi 1988, Tamhane and Logan 2004), with Satterthwaite's degrees of freedom at
 * that θ. All θ that it does not reject are the confidence interval (Fieller 1954).
 *
 * Not the ratio of logarithms, whose t-test is simpler: that compares geometric means, and has no answer for 0 or below.
 * @param baseline, scaled at least two values each; the ratio's sign is that of the means
 * @param times as if there were so many times as many, with the same mean and variance
 */
export function ratioOfMeans(
  baseline: readonly number[],
  scaled: readonly number[],
  times = 1,
): RatioOfMeans {
  const [b, s] = [moments(baseline, times), moments(scaled, times)];
  return ratioBy(s.mean / b.mean, b.mean, (ratio) => {
    const [fromScaled, fromBaseline] = [s.variance / s.n, (ratio * ratio * b.variance) / b.n];
    const variance = fromScaled + fromBaseline;
    const degrees = variance ** 2 / (fromScaled ** 2 / (s.n - 1) + fromBaseline ** 2 / (b.n - 1));
    return { off: s.mean - ratio * b.mean, variance, degrees };
  });
}

/**
 * The same of pairs: the nth values of both sides have something in common, such as a seed, that moves both alike. Student's t of
 * the differences scaled - θ baseline, pair by pair (Fieller 1954). What a pair has in common is no noise then.
 * @param baseline, scaled as many values, at least two
 * @param times as if there were so many times as many, with the same mean and variance
 */
export function ratioOfPairs(
  baseline: readonly number[],
  scaled: readonly number[],
  times = 1,
): RatioOfMeans {
  const [b, s] = [moments(baseline), moments(scaled)];
  return ratioBy(s.mean / b.mean, b.mean, (ratio) => {
    const { mean, variance, n } = moments(
      scaled.map((value, i) => value - ratio * (baseline[i] as number)),
      times,
    );
    return { off: mean, variance: variance / n, degrees: n - 1 };
  });
}

/** What says how far scaled - θ baseline is from 0 on the mean, at a ratio θ. */
interface Off {
  readonly off: number;
  /** Of `off`. */
  readonly variance: number;
  readonly degrees: number;
}

function ratioBy(estimate: number, baselineMean: number, offAt: (ratio: number) => Off): RatioOfMeans {
  // As if the baseline were positive: turning both around leaves their ratio.
  const sign = baselineMean < 0 ? -1 : 1;
  const below = (ratio: number) => {
    const { off, variance, degrees } = offAt(ratio);
    if (variance === 0) return off === 0 ? 0.5 : sign * off < 0 ? 0 : 1;
    return studentCdf((sign * off) / Math.sqrt(variance), degrees);
  };
  const above = (ratio: number) => 1 - below(ratio);
  return {
    // Not before somebody wants it: it takes hundreds of tests.
    get interval() {
      if (!Number.isFinite(estimate)) return { low: null, high: null };
      return { low: border(estimate, -1, above), high: border(estimate, 1, below) };
    },
    below,
    above,
  };
}

// Seen from the estimate, the first ratio in a direction that is rejected; null if none is.
function border(estimate: number, direction: 1 | -1, p: (ratio: number) => number): number | null {
  const MOST = 1e6 * Math.max(1, Math.abs(estimate));
  let [kept, step] = [estimate, 1e-6 * Math.max(1e-6, Math.abs(estimate))];
  let rejected = kept + direction * step;
  while (p(rejected) > LEVEL) {
    if (step > MOST) return null;
    kept = rejected;
    step *= 2;
    rejected = estimate + direction * step;
  }
  for (let i = 0; i < 60; i++) {
    const middle = (kept + rejected) / 2;
    if (p(middle) > LEVEL) kept = middle;
    else rejected = middle;
  }
  return kept;
}

function moments(values: readonly number[], times = 1): { n: number; mean: number; variance: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // Values that are all the same have no variance, even where rounding has moved the mean.
  const same = values.every((value) => value === values[0]);
  return { n: n * times, mean: same ? (values[0] as number) : mean, variance: same ? 0 : squares / (n - 1) };
}
