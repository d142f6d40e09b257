import type { Metric } from "../spec/experiment.js";
import { Combiner } from "./combine.js";
import type { CsvFile } from "./csv_file.js";
import type { GuestValue, MetricSummary, OutputWindow } from "./extraction.js";
import { linesWithin } from "./lines.js";
import { count, describeFaults, parseNumber, quote, readable } from "./window_text.js";

type PatternMetric = Extract<Metric, { kind: "pattern" }>;
type PatternSummary = Extract<MetricSummary, { kind: "pattern" }>;

/** What the lines of one guest gave. */
interface Found {
  readonly values: Combiner;
  /** Matches that held no number. */
  odd: number;
  example: string | undefined;
  readonly warnings: string[];
}

/** Applies a metric's pattern to each line that guests wrote. */
export async function extractLines(
  metric: PatternMetric,
  windows: readonly OutputWindow[],
  values: CsvFile,
): Promise<PatternSummary> {
  const pattern = new RegExp(metric.pattern);
  const together = new Combiner(metric.combine);
  const guests: GuestValue[] = [];
  const warnings: string[] = [];
  let all = 0;
  for (const [guest, own] of byGuest(windows)) {
    const found: Found = { values: new Combiner(metric.perGuest), odd: 0, example: undefined, warnings: [] };
    for (const window of own) await matchLines(window, pattern, found, values);
    const value = found.values.result();
    if (value !== undefined) together.add(value);
    else if (found.warnings.length === 0) found.warnings.push(`no line of ${metric.stream} matches`);
    all += found.values.count;
    guests.push({ guest, count: found.values.count, value: value ?? null });
    if (found.odd > 0) {
      found.warnings.push(
        `${count(found.odd, "matching line")} without a number, such as ${quote(found.example ?? "")}`,
      );
    }
    warnings.push(...found.warnings.map((warning) => `${metric.name}: ${guest}: ${warning}`));
  }
  const { name, unit, groups, perGuest, combine } = metric;
  const guest = groups.join(", ");
  const value = guests.length === 0 ? null : (together.result() ?? null);
  return { name, unit, guest, kind: "pattern", perGuest, combine, count: all, value, guests, warnings };
}

async function matchLines(
  window: OutputWindow,
  pattern: RegExp,
  found: Found,
  values: CsvFile,
): Promise<void> {
  const part = await readable(window);
  if (part === undefined) {
    found.warnings.push("its output is missing");
    return;
  }
  if (part.oddity !== undefined) found.warnings.push(`its output ${part.oddity}`);
  const faults = { overlong: 0, unended: false };
  for await (const lines of linesWithin(window.file, part.begin, part.end, faults)) {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const value = parseNumber(match[1]);
      if (value === undefined) {
        found.odd++;
        found.example ??= match[0];
        continue;
      }
      found.values.add(value);
      await values.write([window.guest, value]);
    }
  }
  found.warnings.push(...describeFaults(faults));
}

/** A guest's windows together, in the order in which guests come first. */
export function byGuest(windows: readonly OutputWindow[]): Map<string, OutputWindow[]> {
  const guests = new Map<string, OutputWindow[]>();
  for (const window of windows) {
    const own = guests.get(window.guest);
    if (own === undefined) guests.set(window.guest, [window]);
    else own.push(window);
  }
  return guests;
}
