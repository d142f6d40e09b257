import type {
  DistanceComparison,
  Interval,
  ProfileComparison,
  QuantityComparison,
  Repeats,
  SetComparison,
  SetMetricComparison,
  SetVerdict,
} from "../compare/set_comparison.js";
import { formatNumber } from "./format_number.js";
import { formatTable } from "./table.js";

/** The sum, in a sentence. */
export const SET_VERDICTS: Readonly<Record<SetVerdict, string>> = {
  equivalent: "All that is judged is equivalent: shown to lie within the margin.",
  different: "The runs are NOT equivalent: something is shown to lie outside the margin.",
  inconclusive: "Inconclusive: something is shown to lie neither within the margin nor outside.",
  "not-comparable": "The runs cannot be compared: there is nothing to judge that they measured.",
};

/** Repeated runs at one TDF beside those of the baseline, for a terminal. */
export function formatSet(set: SetComparison, baselineTdf: string, side = `TDF ${set.tdf}`): string {
  const { baselineRuns, scaledRuns, metrics, profiles, notes } = set;
  const head = `${side} (${count(scaledRuns)}) against TDF ${baselineTdf} (${count(baselineRuns)})\n`;
  const table =
    metrics.length === 0
      ? ""
      : formatTable([
          [
            "metric",
            "",
            "baseline",
            "spread",
            "scaled",
            "spread",
            "error",
            "95 % interval",
            "margin",
            "verdict",
          ],
          ...metrics.flatMap(metricRows),
        ]);
  const curves =
    profiles.length === 0
      ? ""
      : formatTable([
          ["profile", "", "distance", "95 % interval", "baseline's own", "p", "margin", "verdict"],
          ...profiles.map(profileRow),
        ]);
  const remarks = notes.map((note) => `note: ${note}\n`).join("");
  return [head, table, curves, remarks].filter(Boolean).join("\n");
}

export function formatError(error: number | null): string {
  if (error === null) return "–";
  const percent = (error * 100).toFixed(1);
  return `${error > 0 && Number(percent) !== 0 ? "+" : ""}${Number(percent) === 0 ? "0.0" : percent} %`;
}

/** "-1.2 … +0.3 %" */
export function formatInterval(interval: Interval | null): string {
  if (interval === null) return "";
  const end = (value: number | null) => (value === null ? "?" : formatError(value).replace(/ %$/, ""));
  return `${end(interval.low)} … ${end(interval.high)} %`;
}

export function formatMargin(margin: number | null, asShare: boolean): string {
  if (margin === null) return "";
  return asShare ? `${margin}` : `${Number((margin * 100).toPrecision(4))} %`;
}

function metricRows({ name, unit, quantities, ks }: SetMetricComparison): string[][] {
  const title = unit === "" ? name : `${name} (${unit})`;
  const rows = quantities.map((one, i) => [i === 0 ? title : "", ...quantityCells(one)]);
  return ks === null ? rows : [...rows, ksRow(ks)];
}

// Where errors have the two sides: how far the baseline's own repeats are apart, and how likely that is by chance.
function ksRow(ks: DistanceComparison): string[] {
  const own = ks.yardstick === null ? "" : `own ${ks.yardstick.toFixed(3)}`;
  const p = ks.p === null ? "" : `p = ${ks.p.toFixed(3)}`;
  return ["", "KS", own, "", p, "", ...distanceCells(ks)];
}

function quantityCells(one: QuantityComparison): string[] {
  const { quantity, baseline, scaled, error, interval, margin, verdict } = one;
  return [
    quantity === "value" ? "" : quantity,
    ...sideCells(baseline),
    ...sideCells(scaled),
    formatError(error),
    formatInterval(interval),
    formatMargin(margin, false),
    verdict ?? "",
  ];
}

function sideCells({ mean, spread }: Repeats): string[] {
  return [
    mean === null ? "missing" : formatNumber(mean),
    spread === null ? "" : `${(spread * 100).toFixed(1)} %`,
  ];
}

function distanceCells({ distance, interval, margin, verdict }: DistanceComparison): string[] {
  const { low, high } = interval ?? {};
  return [
    distance === null ? "missing" : distance.toFixed(3),
    low == null || high == null ? "" : `${low.toFixed(3)} … ${high.toFixed(3)}`,
    formatMargin(margin, true),
    verdict ?? "",
  ];
}

function profileRow(one: ProfileComparison): string[] {
  const { group, resource, distance, interval, yardstick, p, margin, verdict } = one;
  const { low, high } = interval ?? {};
  const percent = (value: number | null | undefined) =>
    value == null ? "" : `${(value * 100).toFixed(1)} %`;
  return [
    group,
    resource,
    percent(distance) || "missing",
    low == null || high == null ? "" : `${(low * 100).toFixed(1)} … ${percent(high)}`,
    percent(yardstick),
    p === null ? "" : p.toFixed(3),
    formatMargin(margin, false),
    verdict ?? "",
  ];
}

function count(runs: number): string {
  return `${runs} ${runs === 1 ? "run" : "runs"}`;
}
