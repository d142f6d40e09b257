import { Combiner } from "../metrics/combine.js";
import type { MetricSummary } from "../metrics/extraction.js";
import type { Interval } from "./set_comparison.js";
import { blockShare, resampleBlocks, type Series } from "./statistics/blocks.js";
import type { Random } from "./statistics/random.js";
import { percentileInterval } from "./statistics/resampling.js";
import type { Judged } from "./tolerance.js";

export type WithinRun = ReadonlyMap<Exclude<Judged, "ks"> | "p99", Interval>;

const RESAMPLES = 1000;
/** Of more than these every second, third, … is taken: the intervals get no narrower by it, and take two seconds at most. */
const MOST_VALUES = 50_000;

const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/**
 * 95 % intervals of the relative errors between two single runs, by drawing blocks of each run's time again. They tell how far
 * the numbers hang on which part of the phase was looked at, not how far one run differs from the next.
 * Empty where there are too few values (fewer than four blocks' worth), or where a count or an extreme is asked for, which
 * drawing again cannot tell of.
 */
export function intervalsWithinRuns(
  baseline: { readonly metric: MetricSummary; readonly series: Series },
  scaled: { readonly metric: MetricSummary; readonly series: Series },
  random: Random,
): WithinRun {
  const [a, b] = [baseline, scaled].map(({ metric, series }) => resamplerOf(metric, thinned(series), random));
  if (a === undefined || b === undefined) return new Map();
  const errors = new Map<string, number[]>();
  for (let i = 0; i < RESAMPLES; i++) {
    const [one, other] = [a.draw(), b.draw()];
    for (const [quantity, value] of Object.entries(one)) {
      const error = ((other[quantity] ?? Number.NaN) - value) / Math.abs(value);
      errors.set(quantity, [...(errors.get(quantity) ?? []), error]);
    }
  }
  const intervals = [...errors].flatMap(([quantity, found]) => {
    const interval = percentileInterval(found, Math.min(a.blocks, b.blocks));
    return interval === null ? [] : [[quantity, interval] as const];
  });
  return new Map(intervals) as WithinRun;
}

function thinned(series: Series): Series {
  const step = Math.ceil(series.values.length / MOST_VALUES);
  if (step <= 1) return series;
  const taken = (_: unknown, i: number) => i % step === 0;
  const { values, at, guest, guests } = series;
  return { values: values.filter(taken), at: at.filter(taken), guest: guest.filter(taken), guests };
}

interface Resampler {
  readonly blocks: number;
  draw(): Readonly<Record<string, number>>;
}

function resamplerOf(metric: MetricSummary, series: Series, random: Random): Resampler | undefined {
  const share = blockShare(series);
  const blocks = Math.floor(1 / share);
  if (blocks < 4) return undefined;
  if (metric.kind === "csv") return { blocks, draw: distributionDrawer(series, share, random) };
  const drawn =
    ["mean", "median"].includes(metric.perGuest) && ["sum", "mean", "median"].includes(metric.combine);
  if (!drawn) return undefined;
  return {
    blocks,
    draw: () => {
      const own = Array.from({ length: series.guests }, () => new Combiner(metric.perGuest));
      resampleBlocks(series, share, random, (i) =>
        own[series.guest[i] as number]?.add(series.values[i] as number),
      );
      const together = new Combiner(metric.combine);
      for (const guest of own) {
        const value = guest.result();
        if (value !== undefined) together.add(value);
      }
      return { value: together.result() ?? Number.NaN };
    },
  };
}

// Values keep their ranks however they are drawn: counting how often each is there spares sorting.
function distributionDrawer(series: Series, share: number, random: Random): Resampler["draw"] {
  const { values } = series;
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (i, j) => (values[i] as number) - (values[j] as number),
  );
  const rank = new Uint32Array(values.length);
  order.forEach((index, place) => {
    rank[index] = place;
  });
  return () => {
    const times = new Uint32Array(values.length);
    let [count, sum] = [0, 0];
    resampleBlocks(series, share, random, (i) => {
      const place = rank[i] as number;
      times[place] = (times[place] as number) + 1;
      sum += values[i] as number;
      count++;
    });
    const result: Record<string, number> = { mean: sum / count };
    let [seen, place] = [0, -1];
    for (const [quantity, wanted] of Object.entries(SHARES)) {
      // The lower of the two ranks that type 7 takes the mean of: resamples are coarser than their distance.
      const target = Math.floor(wanted * (count - 1)) + 1;
      while (seen < target && place + 1 < times.length) seen += times[++place] as number;
      result[quantity] = place < 0 ? Number.NaN : (values[order[place] as number] as number);
    }
    return result;
  };
}
