import { toTable as table, verdict } from "../table.js";

/** One line of the benchmark's table: both sides measured in this run, and what was to be reached. */
export interface Row {
  readonly what: string;
  readonly native: string;
  readonly dilated: string;
  readonly result: string;
  readonly target: string;
  /** Undefined for rows that only inform. */
  readonly reached: boolean | undefined;
}

/**
 * The rows as a table for a terminal or a Markdown page.
 * @param titles of the first four columns
 */
export function toTable(
  rows: readonly Row[],
  titles: readonly string[] = ["what", "native", "dilated", "result"],
): string {
  const head = [...titles, "to reach", "reached"];
  const cells = rows.map((row) => [
    row.what,
    row.native,
    row.dilated,
    row.result,
    row.target,
    verdict(row.reached),
  ]);
  return table(head, cells);
}
