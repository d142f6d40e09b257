import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { DieCastError } from "../errors.js";
import type { Series } from "./statistics/blocks.js";

/** The columns that a run writes; the last one only where rows have a time. */
const [GUEST, VALUE, AT] = [0, 1, 2];

/**
 * Reads the values that a run recorded of a metric, sorted: 8 bytes each are held.
 * @throws DieCastError `invalid-option` if the file is missing or not what a run writes
 */
export async function readSortedValues(path: string): Promise<Float64Array> {
  const values = new Numbers();
  for await (const row of rowsOf(path)) values.push(numberIn(row, VALUE, path, values.count));
  return values.all.sort();
}

/**
 * Reads them in the order of time: by the column "at" where the run has written it, else as if each guest had written its
 * values evenly over the phase. 20 bytes each are held.
 * @param phaseS how long was measured, virtual seconds
 * @throws DieCastError `invalid-option` if the file is missing or not what a run writes
 */
export async function readSeries(path: string, phaseS: number): Promise<Series> {
  const [values, stamps] = [new Numbers(), new Numbers()];
  const owners = new Numbers();
  const guests = new Map<string, number>();
  const lengths: number[] = [];
  for await (const row of rowsOf(path)) {
    const name = row[GUEST] ?? "";
    const guest = guests.get(name) ?? guests.size;
    guests.set(name, guest);
    owners.push(guest);
    lengths[guest] = (lengths[guest] ?? 0) + 1;
    if (row.length > AT) stamps.push(numberIn(row, AT, path, values.count) / phaseS);
    values.push(numberIn(row, VALUE, path, values.count));
  }
  const at = stamps.count === values.count ? stamps.all : evenly(owners.all, lengths);
  const order = Uint32Array.from({ length: values.count }, (_, i) => i).sort(
    (i, j) => (at[i] as number) - (at[j] as number),
  );
  const pick = (from: Float64Array) => Float64Array.from(order, (i) => from[i] as number);
  return {
    values: pick(values.all),
    at: pick(at),
    guest: Uint32Array.from(order, (i) => owners.all[i] as number),
    guests: guests.size,
  };
}

function evenly(owners: Float64Array, lengths: readonly number[]): Float64Array {
  const seen = lengths.map(() => 0);
  return owners.map((guest) => {
    const place = seen[guest] as number;
    seen[guest] = place + 1;
    return (place + 0.5) / (lengths[guest] as number);
  });
}

function numberIn(row: readonly string[], column: number, path: string, before: number): number {
  const text = row[column] ?? "";
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw unreadable(path, `row ${before + 1} has no number`);
  return value;
}

async function* rowsOf(path: string): AsyncGenerator<string[]> {
  const file = createReadStream(path);
  const rows = file.pipe(parse({ from_line: 2 }));
  file.once("error", (error) => rows.destroy(error));
  try {
    for await (const row of rows as AsyncIterable<string[]>) yield row;
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause);
  } finally {
    file.destroy();
  }
}

function unreadable(path: string, why: string, cause?: unknown): DieCastError {
  return new DieCastError("invalid-option", `${path}: cannot read the run's values: ${why}`, { cause });
}

/** Numbers, packed, of which there may be many. */
class Numbers {
  #values = new Float64Array(1024);
  count = 0;

  push(value: number): void {
    if (this.count === this.#values.length) {
      const wider = new Float64Array(this.count * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.count++] = value;
  }

  get all(): Float64Array {
    return this.#values.subarray(0, this.count);
  }
}
