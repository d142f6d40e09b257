// @ts-check
import { closeSync, openSync, writeSync } from "node:fs";
import { WRITES } from "./transitions.mjs";

const EVERY_MS = 1000;
/** What is wrong is said in full at first; then the counts tell enough. */
const MOST_ERRORS_SHOWN = 20;

/** Keeps what was measured: a CSV file with a row for each response, and a line of rates each second. */
export class Recorder {
  /** @param {string} file */
  constructor(file) {
    this.csv = openSync(file, "a");
    this.rows = "at_ms,ms,page,kind,web\n";
    this.responses = 0;
    this.writes = 0;
    this.errors = 0;
    this.reported = { atMs: performance.now(), responses: 0, writes: 0, errors: 0 };
    setInterval(() => this.report(), EVERY_MS);
  }

  /** A page is there, complete, now. @param {import("./transitions.mjs").Page} page @param {string} web @param {number} ms */
  response(page, web, ms) {
    const write = WRITES.has(page);
    const atMs = performance.timeOrigin + performance.now();
    this.rows += `${atMs.toFixed(3)},${ms.toFixed(3)},${page},${write ? "write" : "read"},${web}\n`;
    this.responses++;
    if (write) this.writes++;
  }

  /** @param {string} what */
  error(what) {
    this.errors++;
    if (this.errors <= MOST_ERRORS_SHOWN) console.error(what);
  }

  /** Once a second rather than for each row: writing should not be what the processor is busy with. */
  report() {
    const { responses, writes, errors } = this;
    const before = this.reported;
    const atMs = performance.now();
    const perSecond = (/** @type {number} */ count) => ((count * 1000) / (atMs - before.atMs)).toFixed(3);
    console.log(
      `responses/s: ${perSecond(responses - before.responses)} writes/s: ${perSecond(writes - before.writes)} errors: ${errors - before.errors}`,
    );
    this.reported = { atMs, responses, writes, errors };
    this.#flush();
  }

  close() {
    this.#flush();
    closeSync(this.csv);
  }

  #flush() {
    if (this.rows !== "") writeSync(this.csv, this.rows);
    this.rows = "";
  }
}
