import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { parse as parseWhole } from "csv-parse/sync";
import { firstLine, type LineFaults, linesWithin } from "./lines.js";

export interface RowFaults extends LineFaults {
  /** Lines left out because a quote in them stays open. */
  broken: number;
}

/** The asked columns of a row, in the order asked; undefined where the row is too short. */
export type Row = readonly (string | undefined)[];

const OPTIONS = { relax_quotes: true, relax_column_count: true, skip_empty_lines: true } as const;

/**
 * The rows of a CSV file that end in the bytes begin < offset ≤ end, under the header in the file's first line. A row is
 * one line: were a quote allowed to reach over lines, one torn row would take all behind it along.
 */
export async function rowsWithin(
  path: string,
  begin: number,
  end: number,
  columns: readonly string[],
  faults: RowFaults,
): Promise<{ readonly rows: AsyncGenerator<Row> } | { readonly lacks: string }> {
  const header = await firstLine(path);
  if (header === undefined) return { lacks: "has no complete line" };
  const names = namesIn(header);
  const lacking = columns.find((column) => !names.includes(column));
  if (lacking !== undefined) {
    const there = names.map((name) => JSON.stringify(name)).join(", ");
    return { lacks: `expected a column ${JSON.stringify(lacking)}, found ${there || "none"}` };
  }
  const numbers = columns.map((column) => names.indexOf(column));
  return { rows: pick(path, begin, end, header, numbers, faults) };
}

function namesIn(header: string): string[] {
  const rows = parseWhole(header, { ...OPTIONS, bom: true, trim: true }) as string[][];
  return rows[0] ?? [];
}

async function* pick(
  path: string,
  begin: number,
  end: number,
  header: string,
  numbers: readonly number[],
  faults: RowFaults,
): AsyncGenerator<Row> {
  async function* text() {
    for await (const lines of linesWithin(path, begin, end, faults)) {
      // A program that is restarted and appends writes its header again.
      const good = lines.filter((line) => line !== header && !hasOpenQuote(line, faults));
      if (good.length > 0) yield `${good.join("\n")}\n`;
    }
  }
  const source = Readable.from(text());
  const parser = source.pipe(parse({ ...OPTIONS, record_delimiter: "\n" }));
  source.once("error", (error) => parser.destroy(error));
  try {
    for await (const row of parser as AsyncIterable<string[]>) yield numbers.map((number) => row[number]);
  } finally {
    source.destroy();
  }
}

function hasOpenQuote(line: string, faults: RowFaults): boolean {
  let quotes = 0;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) quotes++;
  if (quotes % 2 === 0) return false;
  faults.broken++;
  return true;
}
