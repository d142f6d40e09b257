import type { MetricSummary } from "../metrics/extraction.js";
import { quantitiesOf, repeatsOf } from "./quantities.js";
import { assertSameExperiment, metricOf, type RecordedRun } from "./recorded_run.js";
import type { QuantityComparison, Repeats } from "./set_comparison.js";

/** How far repeats of one run are apart: one number of one metric. */
export interface Spread extends Repeats {
  readonly metric: string;
  readonly unit: string;
  readonly quantity: QuantityComparison["quantity"];
}

/**
 * The spread of every number that the runs have.
 * @throws DieCastError `invalid-option` if the runs are of different experiments
 */
export function spreadOf(runs: readonly RecordedRun[]): Spread[] {
  assertSameExperiment(runs);
  const names = new Set(runs.flatMap(({ summary }) => summary.metrics.map((metric) => metric.name)));
  return [...names].flatMap((name) => {
    const metrics = runs.map((run) => metricOf(run, name));
    const unit = metrics.find((metric): metric is MetricSummary => metric !== undefined)?.unit ?? "";
    return quantitiesOf(metrics).map(({ quantity, values }) => ({
      metric: name,
      unit,
      quantity,
      ...repeatsOf(values),
    }));
  });
}
