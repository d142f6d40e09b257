import { stringify } from "csv-stringify/sync";
import type { Comparison, Line, MetricComparison, Verdict } from "../compare/comparison.js";
import { formatNumber } from "./format_number.js";
import { formatError, formatInterval, formatMargin } from "./set_table.js";
import { formatTable } from "./table.js";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  within: "The two runs agree within the tolerance.",
  outside: "The two runs do NOT agree within the tolerance.",
  equivalent: "The two runs are equivalent within the margin, as far as two runs can tell.",
  different: "The two runs are NOT equivalent: something is shown to lie outside the margin.",
  inconclusive: "Inconclusive: something is shown to lie neither within the margin nor outside.",
  "not-comparable": "The two runs cannot be compared: there is no metric that either measured.",
};

/** Lays a comparison of two runs out for a terminal. */
export function formatComparison(comparison: Comparison): string {
  const { baseline, scaled, metrics, notes, verdict } = comparison;
  const runs = formatTable([
    ["experiment", baseline.experiment],
    ["baseline", `TDF ${baseline.tdf}`, baseline.path],
    ["scaled", `TDF ${scaled.tdf}`, scaled.path],
  ]);
  const tested = metrics.some(({ lines }) => lines.some(({ equivalence }) => equivalence !== null));
  const judged = tested ? ["margin", "verdict"] : ["allowed", "within"];
  const table = formatTable([
    ["metric", "", "baseline", "scaled", "error", "95 % interval", ...judged],
    ...metrics.flatMap(rowsOf),
  ]);
  const remarks = notes.map((note) => `note: ${note}\n`).join("");
  return [runs, table, remarks, `${VERDICTS[verdict]}\n`].filter(Boolean).join("\n");
}

function rowsOf({ name, unit, lines }: MetricComparison): string[][] {
  return lines.map((line, i) => [
    i === 0 ? (unit === "" ? name : `${name} (${unit})`) : "",
    line.quantity === "value" ? "" : line.quantity === "ks" ? "KS" : line.quantity,
    formatSide(line.baseline, line),
    formatSide(line.scaled, line),
    line.quantity === "ks" ? (line.distance?.toFixed(3) ?? "missing") : formatError(line.error),
    line.quantity === "ks" ? formatP(line.p) : formatInterval(line.interval),
    formatMargin(line.tolerance, line.quantity === "ks"),
    line.equivalence ?? (line.within === null ? "" : line.within ? "yes" : "NO"),
  ]);
}

function formatSide(value: number | null, { quantity }: Line): string {
  if (quantity === "ks") return "";
  return value === null ? "missing" : formatNumber(value);
}

function formatP(p: number | null): string {
  if (p === null) return "";
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** One row for each number compared. */
export function comparisonAsCsv({ metrics }: Comparison): string {
  const header = [
    "metric",
    "unit",
    "quantity",
    "baseline",
    "scaled",
    "relative error",
    "KS distance",
    "tolerance",
    "within",
    "low",
    "high",
    "KS p",
    "verdict",
  ];
  const rows = metrics.flatMap(({ name, unit, lines }) =>
    lines.map((line) => [
      name,
      unit,
      line.quantity,
      line.baseline,
      line.scaled,
      line.error,
      line.distance,
      line.tolerance,
      line.within === null ? "" : line.within ? "yes" : "no",
      line.interval?.low,
      line.interval?.high,
      line.p,
      line.equivalence,
    ]),
  );
  return stringify([header, ...rows]);
}
