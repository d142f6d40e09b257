import { stat } from "node:fs/promises";
import { DieCastError } from "../errors.js";
import type { OutputWindow } from "./extraction.js";
import type { LineFaults } from "./lines.js";

/** What of a window is there to be read, and what is odd about it. */
export interface Readable {
  readonly begin: number;
  readonly end: number;
  readonly oddity: string | undefined;
}

/** Undefined if there is no such file. @throws DieCastError `failed` */
export async function readable(window: OutputWindow): Promise<Readable | undefined> {
  const size = await sizeOf(window.file);
  if (size === undefined) return undefined;
  // Emptied and written anew (a restarted program that opens with O_TRUNC): what is there now is of this phase.
  if (window.end < window.begin) {
    return {
      begin: 0,
      end: Math.min(window.end, size),
      oddity: "was emptied while measuring, what it held is lost",
    };
  }
  if (size < window.end) {
    return { begin: window.begin, end: size, oddity: "was cut short after the measuring, values are lost" };
  }
  return { begin: window.begin, end: window.end, oddity: undefined };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const entry = await stat(path);
    // A guest may leave anything under the name: a pipe or device would never end.
    return entry.isFile() ? entry.size : undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new DieCastError("failed", `cannot read ${path}: ${message}`, { cause });
  }
}

export function describeFaults(faults: LineFaults): string[] {
  return faults.overlong === 0 ? [] : [`${count(faults.overlong, "line")} longer than 1 MiB left out`];
}

/** "1 line", "2 lines" */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** A finite number, else undefined. An empty text is none, though Number("") is 0. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A text from a guest for a message: short and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
