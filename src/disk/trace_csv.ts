import { parse } from "csv-parse/sync";
import {
  type CaseColumns,
  invalidTrace,
  type RequestKind,
  type Trace,
  type TraceReference,
  traceNumber,
} from "./trace.js";

const KINDS: Readonly<Record<string, RequestKind>> = { R: "read", W: "write", F: "flush", D: "discard" };

type Row = Readonly<Record<string, string>>;

/**
 * The reference CSV: a header, then a row for each request with `lbn`, `blocks`, `op` (R, W, F flush, D discard) and
 * `arrival_ms`, or `gap_after_ms` for a closed trace. Reference: `completion_ms` and `start_ms`, `response_ms`, or
 * `measured_ms`.
 */
export function parseCsvTrace(text: string, file: string): Trace {
  const rows = parse(text, { columns: true, skip_empty_lines: true }) as Row[];
  const header = Object.keys(rows[0] ?? {});
  for (const column of ["lbn", "blocks", "op"]) {
    if (!header.includes(column))
      throw invalidTrace(file, `line 1: expected a column ${column}, found ${header.join(",")}`);
  }
  const closed = header.includes("gap_after_ms");
  if (!closed && !header.includes("arrival_ms"))
    throw invalidTrace(
      file,
      `line 1: expected a column arrival_ms or gap_after_ms, found ${header.join(",")}`,
    );
  const number = (row: number, column: string) =>
    traceNumber(rows[row]?.[column], file, row + 2, `a number of at least 0 as ${column}`);
  const requests = rows.map((row, i) => {
    const kind = KINDS[row.op ?? ""];
    if (kind === undefined)
      throw invalidTrace(file, `line ${i + 2}: expected R, W, F or D as op, found "${row.op}"`);
    const ms = closed ? (i === 0 ? 0 : number(i - 1, "gap_after_ms")) : number(i, "arrival_ms");
    return { timeNs: BigInt(Math.round(ms * 1e6)), lbn: number(i, "lbn"), blocks: number(i, "blocks"), kind };
  });
  const reference = referenceOf(header, rows.length, number, rows);
  return { format: "csv", closed, requests, ...(reference === undefined ? {} : { reference }) };
}

function referenceOf(
  header: readonly string[],
  count: number,
  number: (row: number, column: string) => number,
  rows: readonly Row[],
): TraceReference | undefined {
  const column = (name: string) => Array.from({ length: count }, (_, i) => number(i, name));
  if (header.includes("measured_ms")) {
    const measured = column("measured_ms");
    return { responseMs: measured, serviceMs: measured };
  }
  if (header.includes("completion_ms") && header.includes("start_ms")) {
    const arrivals = column("arrival_ms");
    const starts = column("start_ms");
    const completions = column("completion_ms");
    return {
      responseMs: completions.map((ms, i) => ms - (arrivals[i] ?? 0)),
      serviceMs: completions.map((ms, i) => ms - (starts[i] ?? 0)),
      cases: header.includes("seek_ms") ? caseColumns(rows) : undefined,
    };
  }
  return header.includes("response_ms") ? { responseMs: column("response_ms") } : undefined;
}

function caseColumns(rows: readonly Row[]): CaseColumns {
  const times = (name: string) => rows.map((row) => (row[name] ? Number(row[name]) : undefined));
  return {
    outcomes: rows.map((row) => row.cache ?? ""),
    seekMs: times("seek_ms"),
    latencyMs: times("latency_ms"),
    transferMs: times("transfer_ms"),
  };
}

/**
 * Reference times alone: a CSV with a column `response_ms` (or `completion_ms` and `start_ms`, or `measured_ms`), or one
 * number in ms on each line.
 */
export function parseReference(text: string, file: string): TraceReference {
  if (!/[a-z]/i.test(text.slice(0, text.indexOf("\n")))) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return { responseMs: lines.map((line, i) => traceNumber(line.trim(), file, i + 1, "a time in ms")) };
  }
  const rows = parse(text, { columns: true, skip_empty_lines: true }) as Row[];
  const header = Object.keys(rows[0] ?? {});
  const number = (row: number, column: string) =>
    traceNumber(rows[row]?.[column], file, row + 2, `a number of at least 0 as ${column}`);
  const reference = referenceOf(header, rows.length, number, rows);
  if (reference === undefined)
    throw invalidTrace(
      file,
      `expected a column response_ms, measured_ms, or start_ms and completion_ms; found ${header.join(",")}`,
    );
  return reference;
}
