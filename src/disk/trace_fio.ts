import { BLOCK_BYTES } from "./model.js";
import { invalidTrace, type RequestKind, type Trace, type TraceRequest, traceNumber } from "./trace.js";

const KINDS: Readonly<Record<string, RequestKind>> = {
  read: "read",
  write: "write",
  sync: "flush",
  datasync: "flush",
  trim: "discard",
};

const FILE_ACTIONS = new Set(["add", "open", "close"]);

/**
 * fio's iolog. Version 3 has the time of each request in ms; version 2 has none, so each request follows the one before it
 * when that has completed, and after the time of a `wait` (in µs).
 */
export function parseFioLog(text: string, file: string): Trace {
  const lines = text.split("\n");
  const version = /^fio version (\d+) iolog/.exec(lines[0] ?? "")?.[1];
  if (version !== "2" && version !== "3")
    throw invalidTrace(file, `line 1: expected "fio version 2 iolog" or 3, found "${lines[0]}"`);
  const requests: TraceRequest[] = [];
  let waitNs = 0n;
  lines.slice(1).forEach((line, i) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === "") return;
    const number = (word: string | undefined, what: string) => traceNumber(word, file, i + 2, what);
    const ms = version === "3" ? number(words.shift(), "a time in ms") : 0;
    const [, action = "", offset, length] = words;
    if (FILE_ACTIONS.has(action)) return;
    if (action === "wait") {
      waitNs += BigInt(Math.round(number(offset, "a time in µs") * 1000));
      return;
    }
    const kind = KINDS[action];
    if (kind === undefined)
      throw invalidTrace(
        file,
        `line ${i + 2}: expected ${Object.keys(KINDS).join(", ")} or wait, found "${action}"`,
      );
    const first = kind === "flush" ? 0 : number(offset, "an offset in bytes");
    const bytes = kind === "flush" ? 0 : number(length, "a length in bytes");
    const lbn = Math.floor(first / BLOCK_BYTES);
    const blocks = Math.ceil((first + bytes) / BLOCK_BYTES) - lbn;
    requests.push({ timeNs: version === "3" ? BigInt(Math.round(ms * 1e6)) : waitNs, lbn, blocks, kind });
    waitNs = 0n;
  });
  return { format: `fio iolog ${version}`, closed: version === "2", requests };
}
