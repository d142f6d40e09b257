import { writeSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import { compareRuns } from "../compare/compare_runs.js";
import type { Comparison, Line, MetricComparison, Verdict } from "../compare/comparison.js";
import { parseTolerances } from "../compare/tolerance.js";
import { DieCastError, invalidOption } from "../errors.js";
import { formatNumber } from "./format_number.js";
import { print } from "./print.js";
import { formatTable } from "./table.js";

export interface CompareFlags {
  tolerance: string;
  json?: boolean;
  csv?: boolean;
}

const EXIT_CODES: Readonly<Record<Verdict, number>> = { within: 0, outside: 1, "not-comparable": 2 };

const VERDICTS: Readonly<Record<Verdict, string>> = {
  within: "The two runs agree within the tolerance.",
  outside: "The two runs do NOT agree within the tolerance.",
  "not-comparable": "The two runs cannot be compared: there is no metric that either measured.",
};

/** Prints the comparison; returns the exit code. @throws DieCastError `invalid-option` for the options */
export async function compare(baseline: string, scaled: string, flags: CompareFlags): Promise<number> {
  const tolerances = parseTolerances(flags.tolerance, "--tolerance");
  if (flags.json && flags.csv) throw invalidOption("--csv", "either --json or --csv", "both");
  let comparison: Comparison;
  try {
    comparison = await compareRuns(baseline, scaled, tolerances);
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    // Not a failure of the command: "not comparable" is one of its three answers.
    writeSync(2, `diecast: ${error.line}\n`);
    return EXIT_CODES["not-comparable"];
  }
  if (flags.json) print(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (flags.csv) print(toCsv(comparison));
  else print(formatComparison(comparison));
  return EXIT_CODES[comparison.verdict];
}

/** Lays a comparison out for a terminal. */
function formatComparison(comparison: Comparison): string {
  const { baseline, scaled, metrics, notes, verdict } = comparison;
  const runs = formatTable([
    ["experiment", baseline.experiment],
    ["baseline", `TDF ${baseline.tdf}`, baseline.path],
    ["scaled", `TDF ${scaled.tdf}`, scaled.path],
  ]);
  const table = formatTable([
    ["metric", "", "baseline", "scaled", "error", "allowed", "within"],
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
    formatError(line),
    formatAllowed(line),
    line.within === null ? "" : line.within ? "yes" : "NO",
  ]);
}

function formatSide(value: number | null, { quantity }: Line): string {
  if (quantity === "ks") return "";
  return value === null ? "missing" : formatNumber(value);
}

function formatError({ quantity, error, distance }: Line): string {
  if (quantity === "ks") return distance === null ? "missing" : distance.toFixed(3);
  if (error === null) return "–";
  const percent = (error * 100).toFixed(1);
  return `${error > 0 && Number(percent) !== 0 ? "+" : ""}${Number(percent) === 0 ? "0.0" : percent} %`;
}

function formatAllowed({ quantity, tolerance }: Line): string {
  if (tolerance === null) return "";
  return quantity === "ks" ? `${tolerance}` : `${Number((tolerance * 100).toPrecision(4))} %`;
}

/** One row for each number compared. */
function toCsv({ metrics }: Comparison): string {
  const header = [
    "metric",
    "unit",
    "quantity",
    "baseline",
    "scaled",
    "relative error",
    "KS distance",
    "tolerance",
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
    ]),
  );
  return stringify([[...header, "within"], ...rows]);
}
