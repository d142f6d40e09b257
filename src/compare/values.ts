import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { DieCastError } from "../errors.js";

const VALUE = 1;

/**
 * Reads the values that a run recorded of a metric, sorted: 8 bytes each are held.
 * @throws DieCastError `invalid-option` if the file is missing or not what a run writes
 */
export async function readSortedValues(path: string): Promise<Float64Array> {
  let values = new Float64Array(1024);
  let count = 0;
  const file = createReadStream(path);
  const rows = file.pipe(parse({ from_line: 2 }));
  file.once("error", (error) => rows.destroy(error));
  try {
    for await (const row of rows as AsyncIterable<string[]>) {
      const text = row[VALUE] ?? "";
      const value = Number(text);
      if (text === "" || !Number.isFinite(value)) throw new Error(`row ${count + 1} has no number`);
      if (count === values.length) {
        const wider = new Float64Array(count * 2);
        wider.set(values);
        values = wider;
      }
      values[count++] = value;
    }
  } catch (cause) {
    throw new DieCastError(
      "invalid-option",
      `${path}: cannot read the run's values: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    file.destroy();
  }
  return values.subarray(0, count).sort();
}
