import { toTable as table, verdict } from "../table.js";

/** One line of the benchmark's table. */
export interface Row {
  readonly what: string;
  /** What it is measured against: a bare loop's figure, or what was asked of the emulation. */
  readonly expected: string;
  readonly measured: string;
  readonly result: string;
  readonly target: string;
  /** Undefined for rows that only inform. */
  readonly reached: boolean | undefined;
}

/** The rows as a table for a terminal or a Markdown page. */
export function toTable(rows: readonly Row[]): string {
  const head = ["what", "expected", "measured", "result", "to reach", "reached"];
  const cells = rows.map((row) => [
    row.what,
    row.expected,
    row.measured,
    row.result,
    row.target,
    verdict(row.reached),
  ]);
  return table(head, cells);
}
