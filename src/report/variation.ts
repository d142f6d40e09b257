import type { QuantityComparison, Repeats } from "../compare/set_comparison.js";
import { describeSide, type ValidationComparison, type Variation } from "../validate/conditions.js";
import type { ReportedVariation, Series, VariationChart } from "./data.js";

/** What is judged of each metric, against what a validation has varied. */
export function variationOf(
  { name, values }: Variation,
  comparisons: readonly ValidationComparison[],
  series: readonly Series[],
): ReportedVariation {
  const judged = new Map<string, Pick<VariationChart, "metric" | "quantity" | "unit">>();
  for (const { metrics } of comparisons) {
    for (const { name: metric, unit, quantities } of metrics) {
      for (const { quantity, margin } of quantities) {
        if (margin !== null) judged.set(`${metric} ${quantity}`, { metric, quantity, unit });
      }
    }
  }
  const charts = [...judged.values()].map(
    (chart): VariationChart => ({
      ...chart,
      lines: series.map((_, i) => ({
        series: i,
        points: values.flatMap((value) => {
          const repeats = repeatsOf(chart, value, i, comparisons, series);
          const known = repeats?.values.filter((one) => one !== null) ?? [];
          const { mean } = repeats ?? { mean: null };
          if (mean === null) return [];
          return [{ value, mean, least: Math.min(...known), most: Math.max(...known) }];
        }),
      })),
    }),
  );
  // What never was anything but 0 (errors, say) needs no picture.
  const isShown = ({ lines }: VariationChart) =>
    lines.some(({ points }) => points.some(({ least, most }) => least !== 0 || most !== 0));
  return { name, values, charts: charts.filter(isShown) };
}

/** Every comparison has the baseline's repeats as well. */
function repeatsOf(
  { metric, quantity }: Pick<VariationChart, "metric" | "quantity">,
  value: string,
  side: number,
  comparisons: readonly ValidationComparison[],
  series: readonly Series[],
): Repeats | undefined {
  const found = comparisons.flatMap((comparison): QuantityComparison[] => {
    if (comparison.value !== value) return [];
    if (side > 0 && describeSide(comparison) !== series[side]?.label) return [];
    const { quantities = [] } = comparison.metrics.find(({ name }) => name === metric) ?? {};
    return quantities.filter((one) => one.quantity === quantity);
  });
  return side > 0 ? found[0]?.scaled : found[0]?.baseline;
}
