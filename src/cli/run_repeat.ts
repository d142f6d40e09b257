import { join, relative } from "node:path";
import { readRecordedRun } from "../compare/recorded_run.js";
import { type Spread, spreadOf } from "../compare/spread.js";
import { invalidOption } from "../errors.js";
import { assertFits } from "../plan/capacity.js";
import { abortOnSignals } from "../run/abort.js";
import { newFolder, sideInName } from "../run/directory.js";
import { prepareRun, type RunRequest } from "../run/perform.js";
import type { RunReporter } from "../run/reporter.js";
import { performRemotely, type RemoteResult, refusedAsFailed } from "../run/run_process.js";
import { formatRatio } from "../scale/ratio.js";
import { formatNumber } from "./format_number.js";
import { print } from "./print.js";
import { runProgress } from "./run_progress.js";
import { formatTable } from "./table.js";

interface Repetition extends RemoteResult {
  readonly directory: string;
  readonly seed: number;
}

/**
 * Runs an experiment several times, each time in a process of its own and with the next seed, and prints how far the runs are
 * apart; returns the exit code: the worst of any run.
 * @throws DieCastError when a run cannot be begun, and none was completed before
 */
export async function runRepeatedly(
  request: RunRequest,
  repeat: number,
  flags: { json?: boolean; quiet?: boolean },
): Promise<number> {
  // All at the same TDF, be it "auto" and the host's memory a little less the next time.
  const { plan, capacity } = prepareRun(request);
  if (!request.overcommit) assertFits(plan, capacity);
  if (!Number.isSafeInteger(plan.seed + repeat))
    throw invalidOption("--seed", "a seed that leaves room for those of all repetitions", plan.seed);
  const { name } = plan.experiment;
  const folder = newFolder(
    request.out,
    join("runs", `${name}-${sideInName(plan.tdf, request.sharesOf)}`),
    "runs",
  );
  const progress = runProgress();
  const { signal, release } = abortOnSignals();
  const done: Repetition[] = [];
  try {
    for (let i = 0; i < repeat && !signal.aborted; i++) {
      const [directory, seed] = [join(folder, `${i + 1}`), plan.seed + i];
      if (!flags.quiet) progress.note(`run ${i + 1} of ${repeat}: seed ${seed}`);
      const remote = {
        document: request.document,
        directory: request.experiment.directory,
        files: request.experiment.files,
        tdf: formatRatio(plan.tdf),
        seed,
        out: directory,
        overcommit: request.overcommit,
        allowIdle: request.allowIdle,
        sharesOf: request.sharesOf === undefined ? null : formatRatio(request.sharesOf),
        steadyCores: request.steadyCores ?? null,
      };
      const result = await refusedAsFailed(
        performRemotely(remote, reporterOf(progress, flags.quiet ?? false), signal),
        done.some(({ outcome }) => outcome === "completed"),
      );
      progress.end();
      if (result.error !== null) progress.warn(`run ${i + 1}: ${result.error}`);
      done.push({ ...result, directory, seed });
    }
  } finally {
    progress.end();
    release();
  }
  const spread = spreadOf(done.filter(counts).map(({ directory }) => readRecordedRun(directory)));
  if (flags.json) print(`${JSON.stringify({ directory: folder, runs: done, spread }, null, 2)}\n`);
  else print(formatRepetitions(done, spread, folder));
  return done.length < repeat ? 130 : Math.max(...done.map(exitCode));
}

/** Each run in a line, and the spread of what they measured, for a terminal. */
export function formatRepetitions(
  runs: readonly Repetition[],
  spread: readonly Spread[],
  folder: string,
): string {
  const list = formatTable([
    ["run", "seed", "outcome", ""],
    ...runs.map(({ seed, outcome, fidelity, failedGuests }, i) => [
      `${i + 1}`,
      `${seed}`,
      outcome === "completed" ? (fidelity?.verdict ?? outcome) : outcome,
      [...failedGuests.map((guest) => `${guest} ended unexpectedly`), ...(fidelity?.reasons ?? [])].join(
        "; ",
      ),
    ]),
  ]);
  const table = formatTable([
    ["metric", "", "runs", "mean", "spread", "least", "most"],
    ...spread.map((one, i) => [
      one.metric === spread[i - 1]?.metric
        ? ""
        : one.unit === ""
          ? one.metric
          : `${one.metric} (${one.unit})`,
      one.quantity === "value" ? "" : one.quantity,
      ...spreadCells(one),
    ]),
  ]);
  const others = runs.filter((run) => run.outcome === "completed" && !counts(run)).length;
  const without = others === 0 ? [] : [`${others} not trustworthy: not in the spread\n`];
  const place = `recorded in ${relative(process.cwd(), folder) || "."}\n`;
  return [list, ...(spread.length > 0 ? [table] : []), ...without, place].join("\n");
}

/** What a host could not carry says nothing of how far runs are apart. */
function counts({ outcome, fidelity }: Repetition): boolean {
  return outcome === "completed" && fidelity !== null && fidelity.verdict !== "not trustworthy";
}

function spreadCells({ values, mean, spread }: Spread): string[] {
  const known = values.filter((value) => value !== null);
  if (mean === null) return ["0", "missing", "", "", ""];
  return [
    `${known.length}`,
    formatNumber(mean),
    spread === null ? "" : `${(spread * 100).toFixed(1)} %`,
    formatNumber(Math.min(...known)),
    formatNumber(Math.max(...known)),
  ];
}

/** As `diecast run` has them. */
function exitCode({ outcome, fidelity, failedGuests }: Repetition): number {
  if (outcome === "interrupted") return 130;
  if (outcome === "failed") return 2;
  return failedGuests.length > 0 || fidelity?.verdict === "not trustworthy" ? 1 : 0;
}

function reporterOf(progress: RunReporter, quiet: boolean): RunReporter {
  return quiet ? { phase: () => {}, progress: () => {}, note: () => {}, warn: progress.warn } : progress;
}
