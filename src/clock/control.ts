import { DieCastError } from "../errors.js";

/** What `--stats` counts. Times are real and virtual durations of the whole tree's life. */
export interface Stats {
  readonly realNs: number;
  readonly virtualNs: number;
  readonly processes: number;
  readonly execs: number;
  /** How many calls were converted, by the name of the system call. */
  readonly traps: Readonly<Record<string, number>>;
}

/** How a tree ended: by an exit code or by a signal. */
export interface ExitResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** With the option `stats`, else null. */
  readonly stats: Stats | null;
}

/** A message of diecast-launch on its control socket; one JSON object a line. */
export type ControlEvent =
  | { event: "started"; pid: number }
  /** It waits at the gate for the clock to run. */
  | { event: "waiting"; pid: number }
  | { event: "failed"; code: number; message: string }
  | { event: "kicked"; id: number }
  | { event: "warning"; message: string }
  /** Of a guest's init. */
  | { event: "ready"; pid: number }
  | { event: "killed"; id: number }
  /** `all`: none of its disks was in use. */
  | { event: "remounted"; id: number; all: boolean }
  | { event: "exit"; code: number | null; signal: NodeJS.Signals | null; stats: Stats | null };

/** @throws DieCastError `failed` if the line is not a message */
export function parseEvent(line: string): ControlEvent {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    throw new DieCastError("failed", `diecast-launch sent what is not JSON: ${JSON.stringify(line)}`, {
      cause,
    });
  }
  if (typeof message !== "object" || message === null || !("event" in message)) {
    throw new DieCastError("failed", `diecast-launch sent an unknown message: ${line}`);
  }
  return message as ControlEvent;
}

/** The error that a "failed" message stands for. */
export function failure(code: number, message: string): DieCastError {
  if (code === 127) return new DieCastError("command-not-found", message);
  if (code === 126) return new DieCastError("command-not-runnable", message);
  return new DieCastError("failed", message);
}
