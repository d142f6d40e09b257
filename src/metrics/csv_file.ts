import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { stringify } from "csv-stringify";
import { DieCastError } from "../errors.js";

/** A cell; undefined is left empty. */
export type Cell = string | number | undefined;

/** A CSV file that is written row by row and never held in memory. Its one header line names units. */
export class CsvFile {
  readonly #path: string;
  readonly #rows = stringify({ cast: { number: formatNumber } });
  readonly #done: Promise<void>;
  #failure: unknown;

  constructor(path: string, header: readonly string[]) {
    this.#path = path;
    const file = createWriteStream(path);
    this.#rows.pipe(file);
    this.#done = finished(file).catch((error: unknown) => {
      this.#failure = error;
      // Nobody takes the rows any more; what is written from now on must not pile up.
      this.#rows.resume();
    });
    this.#rows.write(header);
  }

  /** Resolves when there is room for more. @throws DieCastError `failed` */
  async write(row: readonly Cell[]): Promise<void> {
    this.#check();
    if (this.#rows.write(row)) return;
    await Promise.race([new Promise((resolve) => this.#rows.once("drain", resolve)), this.#done]);
    this.#check();
  }

  /** Resolves when all is on disk. @throws DieCastError `failed` */
  async close(): Promise<void> {
    this.#rows.end();
    await this.#done;
    this.#check();
  }

  #check(): void {
    if (this.#failure === undefined) return;
    throw new DieCastError("failed", `cannot write ${this.#path}: ${(this.#failure as Error).message}`, {
      cause: this.#failure,
    });
  }
}

// Nine digits are more than any instrument here has; shorter files are read faster.
function formatNumber(value: number): string {
  return Number.isFinite(value) ? `${Number.isInteger(value) ? value : Number(value.toPrecision(9))}` : "";
}
