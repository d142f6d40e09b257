import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { OutputFiles } from "./ready.js";

const LINES = 3;
const BYTES = 2048;

/** The end of what a guest has written, for an error message: its standard error, or its output if that is empty. */
export function lastWords(output: OutputFiles): string {
  const lines = tail(output.stderr) || tail(output.stdout);
  return lines === "" ? "; it has written nothing" : `; its last words: ${lines}`;
}

function tail(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return ""; // It is for a message only.
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, BYTES));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString("utf8").split("\n");
    return lines
      .map((line) => line.trim())
      .filter(Boolean)
      .slice(-LINES)
      .join(" | ");
  } finally {
    closeSync(fd);
  }
}
