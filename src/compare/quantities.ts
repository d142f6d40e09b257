import type { MetricSummary } from "../metrics/extraction.js";
import { type Equivalence, type QuantityComparison, type Repeats, verdictOfSome } from "./set_comparison.js";
import { judge } from "./statistics/equivalence.js";
import type { Random } from "./statistics/random.js";
import { ratioOfMeans, ratioOfPairs } from "./statistics/ratio_of_means.js";
import { percentileInterval, resampled } from "./statistics/resampling.js";
import type { Margins } from "./tolerance.js";

type Quantity = QuantityComparison["quantity"];

const RESAMPLES = 1000;
const OF_DISTRIBUTIONS: readonly Quantity[] = ["mean", "p50", "p95", "p99", "count"];

/**
 * Every number of a metric that both sides have, compared over their repeats.
 * @param baseline, scaled runs, those of a seed together: their mean counts
 * @param paired whether the nth of both sides have the same seed
 */
export function compareQuantities(
  baseline: readonly (readonly (MetricSummary | undefined)[])[],
  scaled: readonly (readonly (MetricSummary | undefined)[])[],
  margins: Margins,
  random: Random,
  paired: boolean,
): QuantityComparison[] {
  const seeds = [...baseline, ...scaled];
  return namesOf(seeds.flat()).map((quantity) => {
    const margin = quantity === "p99" || quantity === "count" ? undefined : margins[quantity];
    const values = seeds.map((runs) => meanOf(runs.map((metric) => numberOf(metric, quantity))));
    const [a, b] = [values.slice(0, baseline.length), values.slice(baseline.length)];
    return compareQuantity(quantity, a, b, margin, random, paired);
  });
}

/** Null if any of them is: the others may not stand for it. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : mean(known);
}

/** Where runs have no value, one line each: the others may not stand for them. A metric's quantities lack it together. */
export function notesOnMissing([quantity]: readonly QuantityComparison[]): string[] {
  if (quantity === undefined) return [];
  const sides = { baseline: quantity.baseline.values, "scaled side": quantity.scaled.values };
  const lacking = Object.entries(sides).map(([side, values]) => {
    const missing = values.filter((value) => value === null).length;
    return { side, missing, runs: values.length };
  });
  if (lacking.every(({ missing, runs }) => missing === runs)) return ["no run has a value"];
  return lacking
    .filter(({ missing }) => missing > 0)
    .map(({ side, missing, runs }) => `${missing} of ${runs} runs of the ${side} have no value`);
}

/** The numbers of a metric in several runs; undefined: that run does not have it. */
export function quantitiesOf(
  metrics: readonly (MetricSummary | undefined)[],
): { readonly quantity: Quantity; readonly values: readonly (number | null)[] }[] {
  return namesOf(metrics).map((quantity) => ({
    quantity,
    values: metrics.map((metric) => numberOf(metric, quantity)),
  }));
}

function namesOf(metrics: readonly (MetricSummary | undefined)[]): readonly Quantity[] {
  const kind = metrics.find((metric) => metric !== undefined)?.kind;
  return kind === "csv" ? OF_DISTRIBUTIONS : ["value"];
}

/**
 * @param margin as a share of the baseline; undefined: not judged
 * @param paired whether the nth values of both sides belong together
 */
export function compareQuantity(
  quantity: Quantity,
  baseline: readonly (number | null)[],
  scaled: readonly (number | null)[],
  margin: number | undefined,
  random: Random,
  paired = false,
): QuantityComparison {
  const [a, b] = [baseline, scaled].map((values) => values.filter((value) => value !== null)) as [
    number[],
    number[],
  ];
  const [base, other] = [repeatsOf(baseline), repeatsOf(scaled)];
  const common = {
    quantity,
    baseline: base,
    scaled: other,
    paired: paired && a.length === baseline.length && b.length === scaled.length,
    error: relativeError(base.mean, other.mean),
    margin: margin ?? null,
  };
  if (a.length === 0 || b.length === 0) {
    // Nothing on either side leaves it open; on just one of them it is a difference.
    const missing = a.length + b.length === 0 ? "inconclusive" : "different";
    const verdict = margin === undefined ? null : missing;
    return { ...common, interval: null, bootstrap: null, equivalenceP: null, verdict };
  }
  if (a.length < 2 || b.length < 2) {
    const verdict = margin === undefined ? null : "inconclusive";
    return { ...common, interval: null, bootstrap: null, equivalenceP: null, verdict };
  }
  const some = a.length < baseline.length || b.length < scaled.length;
  const ofThese = (verdict: Equivalence | null) => (some ? verdictOfSome(verdict) : verdict);
  if ([...a, ...b].every((value) => value === 0)) {
    const none = { low: 0, high: 0 };
    const verdict = margin === undefined ? null : ofThese("equivalent");
    return {
      ...common,
      interval: none,
      bootstrap: none,
      equivalenceP: margin === undefined ? null : 0,
      verdict,
    };
  }
  const ratio = common.paired ? ratioOfPairs(a, b) : ratioOfMeans(a, b);
  const negative = (base.mean as number) < 0;
  // Errors are relative to the baseline's size: below 0 a larger ratio is a smaller value.
  const errorOf = (value: number | null) => (value === null ? null : negative ? 1 - value : value - 1);
  const { low, high } = negative ? { low: ratio.interval.high, high: ratio.interval.low } : ratio.interval;
  const errors = Array.from({ length: RESAMPLES }, () => {
    const [drawn, others] = common.paired
      ? resampledPairs(a, b, random)
      : [a, b].map((side) => resampled(side, random));
    return relativeError(mean(drawn as number[]), mean(others as number[])) ?? Number.NaN;
  });
  const judged = margin === undefined ? { equivalenceP: null, verdict: null } : judge(ratio, margin);
  return {
    ...common,
    interval: { low: errorOf(low), high: errorOf(high) },
    bootstrap: percentileInterval(errors, Math.min(a.length, b.length)),
    ...judged,
    verdict: ofThese(judged.verdict),
  };
}

function resampledPairs(a: readonly number[], b: readonly number[], random: Random): [number[], number[]] {
  const drawn = resampled([...a.keys()], random);
  return [drawn.map((i) => a[i] as number), drawn.map((i) => b[i] as number)];
}

function numberOf(metric: MetricSummary | undefined, quantity: Quantity): number | null {
  if (metric === undefined) return null;
  if (metric.kind === "pattern") return quantity === "value" ? metric.value : null;
  return quantity === "value" ? null : (metric.distribution?.[quantity] ?? (quantity === "count" ? 0 : null));
}

export function repeatsOf(values: readonly (number | null)[]): Repeats {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { values, mean: null, spread: null };
  const center = mean(known);
  const squares = known.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const spread =
    known.length < 2 || center === 0 ? null : Math.sqrt(squares / (known.length - 1)) / Math.abs(center);
  return { values, mean: center, spread };
}

/** (scaled - baseline) ÷ |baseline|; null where there is no number to divide by. */
export function relativeError(baseline: number | null, scaled: number | null): number | null {
  if (baseline === null || scaled === null) return null;
  if (baseline === scaled) return 0;
  return baseline === 0 ? null : (scaled - baseline) / Math.abs(baseline);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
