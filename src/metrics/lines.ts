import { type FileHandle, open } from "node:fs/promises";

const CHUNK_BYTES = 64 * 1024;
/** A longer line is no line of text that somebody means to have read. */
const LONGEST_LINE_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** What was met beside the lines. */
export interface LineFaults {
  /** Lines too long to be looked at. */
  overlong: number;
  /** Whether text without an end of line stands at the window's end. */
  unended: boolean;
}

/**
 * Yields, in batches and without their ends, the lines that end in the bytes begin < offset ≤ end of a file: a line
 * counts to where it ends, so every line is in just one of two windows that touch.
 */
export async function* linesWithin(
  path: string,
  begin: number,
  end: number,
  faults: LineFaults,
): AsyncGenerator<string[]> {
  const file = await open(path, "r");
  try {
    let position = await lineStart(file, begin);
    let rest: Buffer = Buffer.alloc(0);
    let skipping = false;
    while (position < end) {
      const { bytesRead, buffer } = await file.read({
        buffer: Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position)),
        position,
      });
      if (bytesRead === 0) break;
      position += bytesRead;
      const chunk = buffer.subarray(0, bytesRead);
      const first = chunk.indexOf(NEWLINE);
      if (first < 0) {
        // What has no end yet is kept, but not without bounds.
        skipping ||= rest.length + chunk.length > LONGEST_LINE_BYTES;
        rest = skipping ? Buffer.alloc(0) : Buffer.concat([rest, chunk]);
        continue;
      }
      const last = chunk.lastIndexOf(NEWLINE);
      const lines = chunk.toString("utf8", first + 1, last + 1).split("\n");
      lines.pop();
      if (skipping) faults.overlong++;
      else lines.unshift(Buffer.concat([rest, chunk.subarray(0, first)]).toString("utf8"));
      skipping = false;
      rest = Buffer.from(chunk.subarray(last + 1));
      yield lines.map(withoutReturn);
    }
    faults.unended = skipping || rest.length > 0;
  } finally {
    await file.close();
  }
}

/** The first line of a file; undefined as long as it has none that is complete. */
export async function firstLine(path: string): Promise<string | undefined> {
  for await (const lines of linesWithin(path, 0, LONGEST_LINE_BYTES, { overlong: 0, unended: false })) {
    if (lines[0] !== undefined) return lines[0];
  }
  return undefined;
}

/** Where the line begins that byte `offset` belongs to. */
async function lineStart(file: FileHandle, offset: number): Promise<number> {
  let upTo = offset;
  while (upTo > 0 && offset - upTo <= LONGEST_LINE_BYTES) {
    const from = Math.max(0, upTo - CHUNK_BYTES);
    const { bytesRead, buffer } = await file.read({
      buffer: Buffer.allocUnsafe(upTo - from),
      position: from,
    });
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return from + newline + 1;
    upTo = from;
  }
  // A line without a beginning in reach is too long to be used, wherever one starts to read it.
  return upTo;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
