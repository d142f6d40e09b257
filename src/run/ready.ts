import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../clock/clock.js";
import { DieCastError } from "../errors.js";
import type { ReadyCheck } from "../spec/experiment.js";
import { lastWords } from "./last_words.js";
import { describeExit, type Program } from "./program.js";
import { realMs, within } from "./virtual_time.js";

/** Where a guest's output is found on the host. */
export interface OutputFiles {
  readonly stdout: string;
  readonly stderr: string;
}

/** How often to look for what costs the guest nothing. */
const LOOK_REAL_MS = 10;

/**
 * Waits until a guest is ready as its group says; at once for one without a check.
 * @throws DieCastError `failed` when its program ends before, or the time is up, even in the midst of a check
 */
export async function waitUntilReady(
  program: Program,
  output: OutputFiles,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { name, group } = program.plan;
  const { ready } = group;
  if (ready === undefined) return;
  const over = new AbortController();
  const looking = lookUntilReady(program, ready, output, clock, AbortSignal.any([signal, over.signal]));
  try {
    await within(clock, ready.timeoutNs, signal, looking, () => {
      const what = `not ready after ${ready.timeoutNs / 1e9} s (${describeCheck(ready)})`;
      return new DieCastError("failed", `${name}: ${what}${lastWords(output)}`);
    });
  } finally {
    over.abort();
  }
}

async function lookUntilReady(
  program: Program,
  ready: ReadyCheck,
  output: OutputFiles,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const look = lookFor(ready, program, output);
  const pauseMs = ready.kind === "command" ? realMs(clock, ready.intervalNs) : LOOK_REAL_MS;
  while (!(await look())) {
    const end = program.ends.at(-1);
    // One that its policy starts again may still get there.
    if (end !== undefined && !program.up && program.plan.group.restart.when === "never") {
      throw new DieCastError(
        "failed",
        `${program.plan.name}: ended with ${describeExit(end)} before it was ready${lastWords(output)}`,
      );
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

function lookFor(ready: ReadyCheck, program: Program, output: OutputFiles): () => Promise<boolean> {
  const { guest } = program;
  switch (ready.kind) {
    case "tcp":
      return async () => isListening(guest.pid, ready.port);
    case "command":
      return async () => (await guest.exec(ready.command)).code === 0;
    case "log": {
      const pattern = new RegExp(ready.pattern);
      const files = [new NewLines(output.stdout), new NewLines(output.stderr)];
      return async () => {
        for (const file of files) if (await file.some((line) => pattern.test(line))) return true;
        return false;
      };
    }
  }
}

function describeCheck(ready: ReadyCheck): string {
  switch (ready.kind) {
    case "tcp":
      return `nothing listens on TCP port ${ready.port}`;
    case "command":
      return `${ready.command.join(" ")} has not ended with exit code 0`;
    case "log":
      return `no line of its output matches ${ready.pattern}`;
  }
}

// proc(5), /proc/net/tcp: "sl local_address rem_address st …", hexadecimal; state 0A is TCP_LISTEN. To connect would be
// seen by the program.
function isListening(pid: number, port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"].some((file) =>
    readProc(`/proc/${pid}/net/${file}`)
      .split("\n")
      .some((line) => {
        const [, local = "", , state] = line.trim().split(/\s+/);
        return state === "0A" && local.endsWith(end);
      }),
  );
}

// A kernel without IPv6 has no tcp6.
function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The lines that a file gains. */
class NewLines {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async some(wanted: (line: string) => boolean): Promise<boolean> {
    const stream = createReadStream(this.#path, { start: this.#offset });
    let read = 0;
    stream.on("data", (piece) => {
      read += piece.length;
    });
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    let last = "";
    let found = false;
    for await (const line of lines) {
      last = line;
      found ||= wanted(line);
    }
    // The last line may be half there; it is read again.
    this.#offset += Math.max(0, read - Buffer.byteLength(last) - 1);
    return found;
  }
}
