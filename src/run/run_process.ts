import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DieCastError, type ErrorCode } from "../errors.js";
import type { Fidelity } from "./fidelity.js";
import type { RunReporter, RunStatus } from "./reporter.js";

/** A run to be performed by another process: what a RunRequest has, as JSON. */
export interface RemoteRequest {
  /** The experiment's file as JSON, after overrides. */
  readonly document: unknown;
  /** Where its files are. */
  readonly directory: string;
  /** By name; undefined: those that the document names. */
  readonly files: readonly string[] | undefined;
  readonly tdf: string;
  readonly seed: number;
  readonly out: string;
  readonly overcommit: boolean;
  readonly allowIdle: boolean;
  /** Null: that of `tdf`. */
  readonly sharesOf: string | null;
  /** Null: as fast as the host's. */
  readonly steadyCores: number | null;
}

/** What it came to; the rest is in its folder. */
export interface RemoteResult {
  readonly outcome: "completed" | "interrupted" | "failed";
  /** One line. */
  readonly error: string | null;
  readonly fidelity: Pick<Fidelity, "verdict" | "reasons"> | null;
  /** Guests whose program ended though it was to run on, or with a code that was not expected. */
  readonly failedGuests: readonly string[];
}

export type ToRun = { readonly kind: "run"; readonly request: RemoteRequest } | { readonly kind: "abort" };

export type FromRun =
  | { readonly kind: "phase" | "progress"; readonly status: RunStatus }
  | { readonly kind: "note" | "warn"; readonly line: string }
  | { readonly kind: "result"; readonly result: RemoteResult }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly remedy: string | undefined;
      readonly problems: readonly string[];
    };

/**
 * Performs a run in a process of its own, so that one of many neither inherits anything from those before it nor takes them
 * along. The process has its own process group: Ctrl-C on a terminal reaches this one alone, which passes it on once. It ends
 * its run in order when this process dies.
 * @param started told the process's pid at once
 * @throws DieCastError when it cannot be begun; what goes wrong later is in the result, and so is that the process died
 */
export async function performRemotely(
  request: RemoteRequest,
  reporter: RunReporter,
  signal: AbortSignal,
  started: (pid: number) => void = () => {},
): Promise<RemoteResult> {
  const main = fileURLToPath(new URL("./run_process_main.js", import.meta.url));
  const child = fork(main, [], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  if (child.pid !== undefined) started(child.pid);
  const kill = () => child.kill("SIGKILL");
  const abort = () => send(child, { kind: "abort" });
  // The second Ctrl-C leaves at once, and with it all that this process has begun.
  process.once("exit", kill);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      let answer: RemoteResult | DieCastError | undefined;
      child.on("message", (message: FromRun) => {
        if (message.kind === "result") answer = message.result;
        else if (message.kind === "refused") answer = refusal(message);
        else report(message, reporter);
      });
      child.once("error", (cause) =>
        reject(new DieCastError("failed", `cannot start a process for the run: ${cause.message}`, { cause })),
      );
      // Not before it is gone: what follows must find the host as it was.
      child.once("close", (code, ended) => {
        if (answer instanceof DieCastError) reject(answer);
        else if (answer !== undefined) resolve(answer);
        else resolve(diedBy(ended ?? `exit code ${code}`, signal.aborted));
      });
      send(child, { kind: "run", request });
      if (signal.aborted) abort();
    });
  } finally {
    process.off("exit", kill);
    signal.removeEventListener("abort", abort);
  }
}

/** For example by the kernel, which wanted its memory: that happens to one run of many, and says nothing of the others. */
function diedBy(end: string, aborted: boolean): RemoteResult {
  return {
    outcome: aborted ? "interrupted" : "failed",
    error: `the run's process ended with ${end}`,
    fidelity: null,
    failedGuests: [],
  };
}

/**
 * For who performs many: once one has worked, a run that cannot be begun is one that has failed. The host has less to give now and
 * then, and what the others have shown is not to be lost by that.
 */
export async function refusedAsFailed(
  work: Promise<RemoteResult>,
  anyWorked: boolean,
): Promise<RemoteResult> {
  try {
    return await work;
  } catch (error) {
    if (!anyWorked || !(error instanceof DieCastError)) throw error;
    return { outcome: "failed", error: error.line, fidelity: null, failedGuests: [] };
  }
}

function send(child: ChildProcess, message: ToRun): void {
  // One that is gone already says so by itself.
  child.send(message, () => {});
}

function report(message: FromRun, reporter: RunReporter): void {
  if (message.kind === "phase" || message.kind === "progress") reporter[message.kind](message.status);
  else if (message.kind === "note" || message.kind === "warn") reporter[message.kind](message.line);
}

function refusal({ code, message, remedy, problems }: Extract<FromRun, { kind: "refused" }>): DieCastError {
  return new DieCastError(code, message, { ...(remedy === undefined ? {} : { remedy }), problems });
}
