import { DieCastError, type ErrorCode } from "../../errors.js";
import type { DiskOrder } from "./backend.js";

/**
 * Requests that the kernel hands over before the first is answered, as many as its loop driver can. The host's queue is
 * then the model's, which knows how many of them its drive takes at once and in which order.
 */
const QUEUE_DEPTH = 128;

/** The lines that tell diecast-block its disks (native/block/protocol.h), without their ends. */
export function* diskLines(disks: readonly DiskOrder[], directory: string): Generator<string> {
  for (const { name, sizeBytes, drive } of disks) {
    yield `disk ${sizeBytes} ${QUEUE_DEPTH} ${Number(drive?.rotational ?? false)} ${oneLine(name)}`;
    yield `directory ${oneLine(directory)}`;
    for (const line of drive?.description.split("\n") ?? []) if (line !== "") yield `model ${line}`;
  }
  yield "start";
}

function oneLine(text: string): string {
  if (text.includes("\n")) throw new DieCastError("failed", `not one line: ${JSON.stringify(text)}`);
  return text;
}

/** A message of diecast-block; one JSON object a line. */
export type BlockEvent =
  | {
      event: "ready";
      devices: string[];
      /** Its descriptor of the counters' memory. */
      counters: number;
      realTimePriority: boolean;
    }
  | { event: "failed"; code: ErrorCode; message: string; remedy: string | null }
  | { event: "warning"; message: string }
  | { event: "broken"; disk: number; message: string }
  /** What was asked under this id has been done. */
  | { event: "done"; id: number };

const isText = (value: unknown) => typeof value === "string";

const FIELDS: Readonly<Record<BlockEvent["event"], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  ready: {
    devices: (value) => Array.isArray(value) && value.every(isText),
    counters: Number.isInteger,
    realTimePriority: (value) => typeof value === "boolean",
  },
  failed: { code: isText, message: isText, remedy: (value) => value === null || isText(value) },
  warning: { message: isText },
  broken: { disk: Number.isInteger, message: isText },
  done: { id: Number.isInteger },
};

/** @throws DieCastError `failed` if the line is not a message */
export function parseBlockEvent(line: string): BlockEvent {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    throw new DieCastError("failed", `diecast-block sent what is not JSON: ${JSON.stringify(line)}`, {
      cause,
    });
  }
  const fields = Object(message) as Record<string, unknown>;
  const checks = FIELDS[fields.event as BlockEvent["event"]];
  if (checks === undefined || Object.entries(checks).some(([name, check]) => !check(fields[name]))) {
    throw new DieCastError("failed", `diecast-block sent an unknown message: ${line}`);
  }
  return message as BlockEvent;
}
