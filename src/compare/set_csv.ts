import { stringify } from "csv-stringify/sync";
import type { DistanceComparison, Interval, QuantityComparison, SetComparison } from "./set_comparison.js";

const HEADER = [
  "value",
  "tdf",
  "shares of",
  "metric",
  "unit",
  "quantity",
  "baseline runs",
  "scaled runs",
  "baseline",
  "baseline spread",
  "scaled",
  "scaled spread",
  "relative error",
  "distance",
  "low",
  "high",
  "bootstrap low",
  "bootstrap high",
  "yardstick",
  "p",
  "margin",
  "verdict",
] as const;

type Row = Partial<Record<(typeof HEADER)[number], string | number | null>>;

/**
 * One row for each number compared; of a validation, with the value of what varies and the TDF of whose share of processors an
 * undilated side had. Low and high are of the error or the distance; p is that of equivalence for errors, that
 * of no difference for distances.
 */
export function setsAsCsv(
  comparisons: readonly (SetComparison & {
    readonly value?: string | null;
    readonly sharesOf?: string | null;
  })[],
): string {
  const rows = comparisons.flatMap((one) =>
    rowsOf(one).map((row) => ({ value: one.value ?? null, "shares of": one.sharesOf ?? null, ...row })),
  );
  return stringify([HEADER, ...rows.map((row) => HEADER.map((column) => row[column] ?? ""))]);
}

function rowsOf({ tdf, baselineRuns, scaledRuns, metrics, profiles }: SetComparison): Row[] {
  const common = { tdf, "baseline runs": baselineRuns, "scaled runs": scaledRuns };
  return [
    ...metrics.flatMap(({ name, unit, quantities, ks }) => [
      ...quantities.map((one) => ({ ...common, metric: name, unit, ...quantityRow(one) })),
      ...(ks === null ? [] : [{ ...common, metric: name, quantity: "ks", ...distanceRow(ks) }]),
    ]),
    ...profiles.map((one) => ({
      ...common,
      metric: one.group,
      unit: one.unit,
      quantity: `profile of ${one.resource}`,
      ...distanceRow(one),
    })),
  ];
}

function quantityRow(one: QuantityComparison): Row {
  const { quantity, baseline, scaled, error, interval, bootstrap, equivalenceP, margin, verdict } = one;
  return {
    quantity,
    baseline: baseline.mean,
    "baseline spread": baseline.spread,
    scaled: scaled.mean,
    "scaled spread": scaled.spread,
    "relative error": error,
    ...bounds(interval),
    "bootstrap low": bootstrap?.low ?? null,
    "bootstrap high": bootstrap?.high ?? null,
    p: equivalenceP,
    margin,
    verdict,
  };
}

function distanceRow({ distance, interval, yardstick, p, margin, verdict }: DistanceComparison): Row {
  return { distance, ...bounds(interval), yardstick, p, margin, verdict };
}

function bounds(interval: Interval | null): Row {
  return { low: interval?.low ?? null, high: interval?.high ?? null };
}
