import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DieCastError } from "../errors.js";
import { parseBlkparse } from "./trace_blkparse.js";
import { parseCsvTrace } from "./trace_csv.js";
import { parseFioLog } from "./trace_fio.js";

export type RequestKind = "read" | "write" | "flush" | "discard";

export interface TraceRequest {
  /**
   * When it arrives, in ns since the trace begins; in a closed trace how long after the completion of the one before.
   */
  readonly timeNs: bigint;
  /** In sectors of 512 bytes. */
  readonly lbn: number;
  readonly blocks: number;
  readonly kind: RequestKind;
  /** A write that completes when it is on the medium. */
  readonly fua?: boolean;
}

/** What some other drive or simulator took for the requests of a trace, in ms, by request. */
export interface TraceReference {
  /** From arrival to completion. */
  readonly responseMs: readonly number[];
  /** From when the drive took it, where that is known. */
  readonly serviceMs?: readonly number[] | undefined;
  readonly cases?: CaseColumns | undefined;
}

/** What only the reference simulator's traces have. Media times are undefined where the medium was not touched. */
export interface CaseColumns {
  readonly outcomes: readonly string[];
  readonly seekMs: readonly (number | undefined)[];
  readonly latencyMs: readonly (number | undefined)[];
  readonly transferMs: readonly (number | undefined)[];
}

export interface Trace {
  readonly format: string;
  /** Each request waits for the one before it. */
  readonly closed: boolean;
  readonly requests: readonly TraceRequest[];
  readonly reference?: TraceReference;
}

/**
 * Reads a trace: the reference CSV (docs/disks.md), blkparse's text, fio's iolog of version 2 or 3; gzipped or not.
 * @throws DieCastError `invalid-option` with file and line
 */
export function readTrace(file: string): Trace {
  const text = readText(file);
  const trace = text.startsWith("fio version")
    ? parseFioLog(text, file)
    : text.slice(0, text.indexOf("\n")).includes(",lbn,") || text.startsWith("lbn,")
      ? parseCsvTrace(text, file)
      : parseBlkparse(text, file);
  if (trace.requests.length === 0) throw invalidTrace(file, "expected at least one request, found none");
  return trace;
}

/** Reads a file, unzipping it if it is gzipped. @throws DieCastError `invalid-option` */
export function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (cause) {
    throw invalidTrace(file, (cause as Error).message, cause);
  }
}

export function invalidTrace(file: string, text: string, cause?: unknown): DieCastError {
  return new DieCastError("invalid-option", `trace ${file}: ${text}`, { cause });
}

/** A number of a trace, in its text. */
export function traceNumber(text: string | undefined, file: string, line: number, what: string): number {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw invalidTrace(file, `line ${line}: expected ${what}, found ${JSON.stringify(text ?? "")}`);
  return value;
}
