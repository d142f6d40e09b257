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

/** The rows as a table for a terminal or a Markdown page. */
export function toTable(rows: readonly Row[]): string {
  const head = ["what", "native", "dilated", "result", "to reach", "reached"];
  const cells = rows.map((row) => [
    row.what,
    row.native,
    row.dilated,
    row.result,
    row.target,
    row.reached === undefined ? "" : row.reached ? "yes" : "NO",
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
