import { parse } from "csv-parse/sync";
import { DieCastError } from "../../errors.js";
import { firstLine, linesWithin } from "../../metrics/lines.js";

/**
 * Calls `take` with the asked columns of each row of a CSV file that a run wrote; an empty text where a row has none.
 * Nearly no row has a quote in it: those without are split at commas, which is ten times as fast as a parser.
 * @param columns names of the header; a list of them: the first that is there
 * @returns false if there is no such file, or it lacks a column
 * @throws DieCastError `failed` if the file cannot be read
 */
export async function eachRow(
  path: string,
  columns: readonly (string | RegExp)[],
  take: (cells: readonly string[]) => void,
): Promise<boolean> {
  try {
    const header = await firstLine(path);
    if (header === undefined) return false;
    const names = cellsOf(header);
    const numbers = columns.map((column) =>
      names.findIndex((name) => (typeof column === "string" ? name === column : column.test(name))),
    );
    if (numbers.includes(-1)) return false;
    let isHeader = true;
    for await (const lines of linesWithin(path, 0, Number.POSITIVE_INFINITY, {
      overlong: 0,
      unended: false,
    })) {
      for (const line of lines) {
        if (!isHeader) {
          const cells = cellsOf(line);
          take(numbers.map((number) => cells[number] ?? ""));
        }
        isHeader = false;
      }
    }
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    throw new DieCastError("failed", `cannot read ${path}: ${message}`, { cause });
  }
}

function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const rows = parse(line, { relax_quotes: true, relax_column_count: true }) as string[][];
  return rows[0] ?? [];
}
