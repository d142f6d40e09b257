import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../../src/errors.js";
import { describeCell } from "./cells.js";
import type { FlowResult } from "./results.js";
import type { ShortResult } from "./short_flows.js";

/** What was measured, in a folder that a report can be made of again: flows.jsonl, fetches.jsonl, machine.txt, runs/. */
export class Store {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws DieCastError `invalid-option` if there are results in it already: two measurements are not to be mixed */
  static create(folder: string, machine: string): Store {
    const store = new Store(folder);
    if (existsSync(store.#path("machine.txt"))) {
      throw new DieCastError(
        "invalid-option",
        `--out: expected a folder without results, found some in ${folder}`,
        {
          remedy: "give another folder, go on with these by --continue, or make their report by --report",
        },
      );
    }
    mkdirSync(folder, { recursive: true });
    writeFileSync(store.#path("machine.txt"), `${machine}\n`);
    return store;
  }

  /** @throws DieCastError `invalid-option` if there are none in it */
  static open(folder: string, option = "--report"): Store {
    const store = new Store(folder);
    if (!existsSync(store.#path("machine.txt")))
      throw new DieCastError(
        "invalid-option",
        `${option}: expected a folder with results, found none in ${folder}`,
      );
    return store;
  }

  get machine(): string {
    return readFileSync(this.#path("machine.txt"), "utf8").trim();
  }

  /** Whether a run of this name has been begun. */
  has(run: string): boolean {
    return existsSync(this.#path(join("runs", run)));
  }

  /** Of flows that were measured again, the latest. */
  get flows(): FlowResult[] {
    const flows = this.#read<FlowResult>("flows.jsonl");
    const keyed = flows.map((flow) => {
      const { tdf, backend, cell, repetition } = flow;
      return [JSON.stringify([tdf, backend, describeCell(cell), repetition]), flow] as const;
    });
    return [...new Map(keyed).values()];
  }

  get fetches(): ShortResult[] {
    return this.#read("fetches.jsonl");
  }

  addFlows(results: readonly FlowResult[]): void {
    this.#add("flows.jsonl", results);
  }

  addFetches(results: readonly ShortResult[]): void {
    this.#add("fetches.jsonl", results);
  }

  write(name: string, text: string): void {
    writeFileSync(this.#path(name), text);
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #add(name: string, records: readonly unknown[]): void {
    appendFileSync(this.#path(name), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }

  #read<T>(name: string): T[] {
    if (!existsSync(this.#path(name))) return [];
    const lines = readFileSync(this.#path(name), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
  }
}
