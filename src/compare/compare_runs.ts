import { join } from "node:path";
import { DieCastError } from "../errors.js";
import type { MetricSummary } from "../metrics/extraction.js";
import { valuesFile } from "../metrics/summary.js";
import {
  type Comparison,
  type Criteria,
  compareMetric,
  headOf,
  type KsResult,
  type MetricComparison,
  verdictOf,
} from "./comparison.js";
import { notesOnCores } from "./cores.js";
import {
  assertDistinct,
  assertSameExperiment,
  assertTrustworthy,
  doubtsOf,
  experimentsDiffer,
  metricOf,
  type RecordedRun,
  readRecordedRun,
} from "./recorded_run.js";
import type { Series } from "./statistics/blocks.js";
import { ksDistance, ksPValue } from "./statistics/kolmogorov_smirnov.js";
import { type Random, randomFrom } from "./statistics/random.js";
import { readSeries } from "./values.js";
import { intervalsWithinRuns, type WithinRun } from "./within_run.js";

export interface CompareOptions {
  /** Compare runs, too, that are not trustworthy by their own verdict. */
  readonly allowUntrustworthy?: boolean;
  /** Where resampling begins: the same runs give the same intervals. */
  readonly seed?: number;
}

/**
 * Compares what two runs of one experiment measured.
 * @param baseline a run's folder: the one that the other is held against
 * @throws DieCastError `invalid-option` if one of them is no run that finished, or they are of different experiments; `failed`
 * if one of them cannot be trusted
 */
export async function compareRuns(
  baseline: string,
  scaled: string,
  criteria: Criteria,
  options: CompareOptions = {},
): Promise<Comparison> {
  const [a, b] = [readRecordedRun(baseline), readRecordedRun(scaled)];
  assertDistinct([a, b]);
  assertSameExperiment([a, b]);
  if (!options.allowUntrustworthy) assertTrustworthy([a, b]);
  const notes = [
    ...experimentsDiffer(baseline, scaled),
    ...notesOnCores([a], [b]),
    ...doubtsOf(a),
    ...doubtsOf(b),
  ];
  const random = randomFrom(options.seed ?? 1);
  const metrics: MetricComparison[] = [];
  for (const name of new Set([a, b].flatMap(({ summary }) => summary.metrics.map((metric) => metric.name)))) {
    const [one, other] = [metricOf(a, name), metricOf(b, name)];
    if (one === undefined || other === undefined) {
      notes.push(`${name}: only ${one === undefined ? scaled : baseline} has this metric`);
      continue;
    }
    const values = await seriesOf([a, b], name, one.kind === "csv" ? notes : []);
    const comparison = compareMetric(
      one,
      other,
      ksOf(one, values),
      intervalsOf(one, other, values, random),
      criteria,
    );
    metrics.push(comparison);
    notes.push(...comparison.notes);
  }
  if (criteria.by === "margin") {
    notes.push(
      "intervals tell of variation within these two runs, not of that between one run and the next: repeats would (--baseline)",
    );
  }
  // Asked for, and not to be had of single runs.
  const profiles = criteria.by === "margin" && criteria.most.profile !== undefined;
  if (profiles) notes.push("profiles of resources are compared between repeats only (--baseline)");
  const verdict = verdictOf(metrics);
  return {
    verdict: profiles && verdict !== "different" ? "inconclusive" : verdict,
    baseline: headOf(baseline, a.summary),
    scaled: headOf(scaled, b.summary),
    metrics,
    notes,
  };
}

type BothSeries = readonly [Series, Series] | undefined;

// The rest of a comparison does not rest on the values.
async function seriesOf(
  [a, b]: readonly [RecordedRun, RecordedRun],
  metric: string,
  notes: string[],
): Promise<BothSeries> {
  const read = ({ path, summary: { measure } }: RecordedRun) =>
    readSeries(join(path, valuesFile(metric)), measure.endS - measure.beginS);
  try {
    return [await read(a), await read(b)];
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    notes.push(`${metric}: no KS distance, no intervals: ${error.message}`);
    return undefined;
  }
}

function ksOf({ kind }: MetricSummary, series: BothSeries): KsResult | undefined {
  if (kind !== "csv" || series === undefined) return undefined;
  const [a, b] = series.map(({ values }) => values.slice().sort()) as [Float64Array, Float64Array];
  const distance = ksDistance(a, b);
  return distance === undefined ? undefined : { distance, p: ksPValue(distance, a.length, b.length) };
}

function intervalsOf(a: MetricSummary, b: MetricSummary, series: BothSeries, random: Random): WithinRun {
  if (a.kind !== b.kind || series === undefined) return new Map();
  return intervalsWithinRuns({ metric: a, series: series[0] }, { metric: b, series: series[1] }, random);
}
