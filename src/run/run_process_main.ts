// The process of one run: run_process.ts starts it and speaks with it over Node's channel.
import { DieCastError } from "../errors.js";
import { parseTdf } from "../scale/tdf.js";
import { experimentFromDocument } from "../spec/load.js";
import { type PerformedRun, performRun } from "./perform.js";
import type { RunReporter } from "./reporter.js";
import type { FromRun, RemoteRequest, RemoteResult, ToRun } from "./run_process.js";

const controller = new AbortController();
const abort = () => controller.abort(new DieCastError("aborted", "interrupted"));

process.on("message", (message: ToRun) => {
  if (message.kind === "abort") abort();
  else void answer(message.request);
});
// Nobody is left who wants the run.
process.once("disconnect", abort);

async function answer(request: RemoteRequest): Promise<void> {
  const message = await perform(request).then(
    (result): FromRun => ({ kind: "result", result }),
    (error: unknown): FromRun => refusedBy(error),
  );
  tell(message, () => process.exit());
}

async function perform(request: RemoteRequest): Promise<RemoteResult> {
  const { document, directory, files, tdf, seed, out, overcommit, allowIdle, sharesOf, steadyCores } =
    request;
  const experiment = experimentFromDocument(document, { directory, file: `${directory}/experiment.json` });
  const performed = await performRun(
    {
      experiment: files === undefined ? experiment : { ...experiment, files },
      document,
      tdf: parseTdf(tdf, "tdf"),
      seed,
      out,
      overcommit,
      allowIdle,
      sharesOf: sharesOf === null ? undefined : parseTdf(sharesOf, "sharesOf"),
      reference: undefined,
      steadyCores: steadyCores ?? undefined,
    },
    reporter,
    controller.signal,
  );
  return resultOf(performed);
}

function resultOf({ result, conclusion }: PerformedRun): RemoteResult {
  const { outcome, error, ends } = result;
  const line = error instanceof DieCastError ? error.line : error instanceof Error ? error.message : error;
  return {
    outcome,
    error: line === undefined ? null : `${line}`,
    fidelity: conclusion?.fidelity ?? null,
    failedGuests: [...ends].filter(([, own]) => own.some((end) => !end.foreseen)).map(([name]) => name),
  };
}

function refusedBy(error: unknown): FromRun {
  if (error instanceof DieCastError) {
    const { code, message, remedy, problems } = error;
    return { kind: "refused", code, message, remedy, problems };
  }
  const message = `internal error: ${error instanceof Error ? (error.stack ?? error.message) : error}`;
  return { kind: "refused", code: "failed", message, remedy: undefined, problems: [] };
}

function tell(message: FromRun, done: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, {}, done);
  else done();
}

const reporter: RunReporter = {
  phase: (status) => tell({ kind: "phase", status }),
  progress: (status) => tell({ kind: "progress", status }),
  note: (line) => tell({ kind: "note", line }),
  warn: (line) => tell({ kind: "warn", line }),
};
