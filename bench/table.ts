/** The cells as a table for a terminal or a Markdown page. */
export function toTable(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

/** How a row says whether its target was reached; undefined for rows that only inform. */
export function verdict(reached: boolean | undefined): string {
  return reached === undefined ? "" : reached ? "yes" : "NO";
}
