import type { Metric } from "../spec/experiment.js";
import type { CsvFile } from "./csv_file.js";
import { rowsWithin } from "./csv_rows.js";
import { Distribution } from "./distribution.js";
import type { GuestDistribution, MeasuringPhase, MetricSummary, OutputWindow } from "./extraction.js";
import { byGuest } from "./pattern_metric.js";
import { count, describeFaults, parseNumber, quote, readable } from "./window_text.js";

type CsvMetric = Extract<Metric, { kind: "csv" }>;
type CsvSummary = Extract<MetricSummary, { kind: "csv" }>;

const NS_PER = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;

/** What the rows of one guest gave. */
interface Found {
  readonly values: Distribution;
  odd: number;
  example: string | undefined;
  readonly warnings: string[];
}

/** Takes one column of the CSV files that guests wrote. */
export async function extractRows(
  metric: CsvMetric,
  windows: readonly OutputWindow[],
  measure: MeasuringPhase,
  values: CsvFile,
): Promise<CsvSummary> {
  const together = new Distribution();
  const guests: GuestDistribution[] = [];
  const warnings: string[] = [];
  for (const [guest, own] of byGuest(windows)) {
    const found: Found = { values: new Distribution(), odd: 0, example: undefined, warnings: [] };
    const take = async (value: number, atS: number | undefined) => {
      found.values.add(value);
      together.add(value);
      await values.write(atS === undefined ? [guest, value] : [guest, value, atS]);
    };
    for (const window of own) await readRows(metric, window, measure, found, take);
    if (found.values.count === 0 && found.odd === 0 && found.warnings.length === 0) {
      found.warnings.push(`${metric.file} has no row of the measuring phase`);
    }
    if (found.odd > 0) {
      found.warnings.push(
        `${metric.file}: ${count(found.odd, "row")} left out for want of a number, such as ${quote(found.example ?? "")}`,
      );
    }
    guests.push({ guest, distribution: found.values.summary() ?? null });
    warnings.push(...found.warnings.map((warning) => `${metric.name}: ${guest}: ${warning}`));
  }
  const { name, unit, groups } = metric;
  const guest = groups.join(", ");
  const distribution = together.summary() ?? null;
  return { name, unit, guest, kind: "csv", count: together.count, distribution, guests, warnings };
}

async function readRows(
  metric: CsvMetric,
  window: OutputWindow,
  measure: MeasuringPhase,
  found: Found,
  take: (value: number, atS: number | undefined) => Promise<void>,
): Promise<void> {
  const { file, column, time } = metric;
  // Rows that carry their time need no window: a program may write them long after.
  const part = await readable(time === undefined ? window : { ...window, begin: 0, end: 0 });
  if (part === undefined) {
    found.warnings.push(`${file} is missing`);
    return;
  }
  if (part.oddity !== undefined) found.warnings.push(`${file} ${part.oddity}`);
  const end = time === undefined ? part.end : Number.POSITIVE_INFINITY;
  const faults = { overlong: 0, unended: false, broken: 0 };
  const columns = time === undefined ? [column] : [column, time.column];
  const rows = await rowsWithin(window.file, part.begin, end, columns, faults);
  if ("lacks" in rows) {
    found.warnings.push(`${file}: ${rows.lacks}`);
    return;
  }
  const sinceBegin = time === undefined ? undefined : inPhase(measure, NS_PER[time.unit]);
  for await (const [text, at] of rows.rows) {
    const value = parseNumber(text);
    const stamp = time === undefined ? 0 : parseNumber(at);
    if (value === undefined || stamp === undefined) {
      found.odd++;
      found.example ??= columns.length === 1 ? (text ?? "") : `${text ?? ""},${at ?? ""}`;
    } else {
      const atS = sinceBegin?.(stamp);
      if (sinceBegin === undefined || atS !== undefined) await take(value, atS);
    }
  }
  if (faults.broken > 0)
    found.warnings.push(`${file}: ${count(faults.broken, "line")} with an open quote left out`);
  found.warnings.push(...describeFaults(faults).map((fault) => `${file}: ${fault}`));
}

// Seconds since measuring began; undefined outside the phase. A double holds today's nanoseconds to 256 ns, finer than any
// guest stamps its rows.
function inPhase(
  { beginWallNs, endWallNs }: MeasuringPhase,
  nsPerUnit: number,
): (stamp: number) => number | undefined {
  const begin = Number(beginWallNs) / nsPerUnit;
  const end = Number(endWallNs) / nsPerUnit;
  return (stamp) => (stamp >= begin && stamp < end ? ((stamp - begin) * nsPerUnit) / 1e9 : undefined);
}
