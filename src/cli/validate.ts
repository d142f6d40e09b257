import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { SetVerdict } from "../compare/set_comparison.js";
import { parseMargins } from "../compare/tolerance.js";
import { DieCastError, invalidOption } from "../errors.js";
import { assertFits } from "../plan/capacity.js";
import { abortOnSignals } from "../run/abort.js";
import { tdfInName } from "../run/directory.js";
import { prepareRun } from "../run/perform.js";
import { formatRatio } from "../scale/ratio.js";
import { parseTdf } from "../scale/tdf.js";
import { filesOf } from "../spec/drives.js";
import { type LoadedExperiment, loadExperiment } from "../spec/load.js";
import {
  conditionsOf,
  describeCondition,
  describeSide,
  describeValue,
  type Variation,
} from "../validate/conditions.js";
import { formatSeconds } from "../validate/estimate.js";
import { valueInName } from "../validate/schedule.js";
import {
  carryOutValidation,
  type Repeats,
  type ValidationReporter,
  withRepeats,
} from "../validate/validate.js";
import type { Validation, ValidationPlan } from "../validate/validation.js";
import {
  createValidation,
  discardUnbegun,
  type OpenValidation,
  openValidation,
} from "../validate/validation_folder.js";
import { print } from "./print.js";
import { parseRepeat, parseSeed } from "./run.js";
import { runProgress } from "./run_progress.js";
import { formatSet, SET_VERDICTS } from "./set_table.js";
import { steadyCoresOf } from "./steady_cores.js";

/** The options of `diecast validate` as the user wrote them. */
export interface ValidateFlags {
  tdf?: string;
  repeat?: string;
  baselineRepeat?: string;
  margin?: string;
  set: string[];
  vary?: string;
  undilated?: true | string;
  seed?: string;
  out?: string;
  continue?: string;
  overcommit?: boolean;
  allowIdle?: boolean;
  /** False: --no-steady-cores. */
  steadyCores?: boolean | string;
  json?: boolean;
  csv?: boolean;
  quiet?: boolean;
}

const DEFAULTS = { tdf: "1,10", repeat: 5, margin: "5%" };
const INTERRUPTED = 130;

const EXIT_CODES: Readonly<Record<SetVerdict, number>> = {
  equivalent: 0,
  different: 1,
  inconclusive: 2,
  "not-comparable": 2,
};

/**
 * Validates an experiment and prints what it came to; returns the exit code.
 * @throws DieCastError when it cannot be begun
 */
export async function validate(path: string | undefined, flags: ValidateFlags): Promise<number> {
  if (flags.json && flags.csv) throw invalidOption("--csv", "either --json or --csv", "both");
  const repeats: Repeats = {
    repeat: flags.repeat === undefined ? undefined : parseRepeat(flags.repeat),
    baselineRepeat:
      flags.baselineRepeat === undefined ? undefined : parseRepeat(flags.baselineRepeat, "--baseline-repeat"),
  };
  const open =
    flags.continue === undefined
      ? await begin(path, repeats, flags)
      : await goOn(flags.continue, path, repeats, flags);
  const { signal, release } = abortOnSignals();
  const progress = runProgress();
  try {
    const reporter = reporterOf(progress, open.record.plan.vary, flags.quiet ?? false);
    const validation = await carryOutValidation(open, reporter, signal, repeats);
    progress.end();
    await writeReportOf(open.folder, progress);
    if (flags.json) print(`${JSON.stringify(validation, null, 2)}\n`);
    else if (flags.csv) print(readFileSync(join(open.folder, "validation.csv"), "utf8"));
    else print(formatValidation(validation, open.folder));
    return validation.complete ? EXIT_CODES[validation.verdict] : INTERRUPTED;
  } catch (error) {
    progress.end();
    if (flags.continue === undefined) discardUnbegun(open.folder);
    throw error;
  } finally {
    release();
  }
}

/** The record is what counts: a report that cannot be written is worth a warning, and can be made later. */
async function writeReportOf(folder: string, { warn }: ReturnType<typeof runProgress>): Promise<void> {
  try {
    // Not before: what draws takes a third of a second to load.
    const { REPORT_FILE, writeReport } = await import("../report/report.js");
    await writeReport([folder], join(folder, REPORT_FILE));
  } catch (error) {
    warn(`there is no report: ${(error as Error).message}`);
  }
}

async function begin(
  path: string | undefined,
  { repeat = DEFAULTS.repeat, baselineRepeat = 1 }: Repeats,
  flags: ValidateFlags,
): Promise<OpenValidation> {
  if (path === undefined) {
    const greedy = [flags.undilated, flags.steadyCores].find((value) => typeof value === "string");
    throw new DieCastError("invalid-option", "an experiment is missing", {
      remedy:
        greedy === undefined
          ? "name its file or folder, or a validation to go on with: --continue FOLDER"
          : `if that is ${greedy}, name it before the options`,
    });
  }
  const { experiment, document } = await loadExperiment(path, { overrides: flags.set });
  const tdfs = parseTdfs(flags.tdf ?? DEFAULTS.tdf);
  const vary = flags.vary === undefined ? null : parseVary(flags.vary);
  const plan: ValidationPlan = {
    tdfs,
    vary,
    undilated: parseUndilated(flags.undilated, tdfs),
    repeat,
    baselineRepeat,
    seed: parseSeed(flags.seed) ?? experiment.seed,
    margins: parseMargins(flags.margin ?? DEFAULTS.margin, "--margin"),
    overrides: flags.set,
    overcommit: flags.overcommit ?? false,
    allowIdle: flags.allowIdle ?? false,
    steadyCores: null,
  };
  if (!Number.isSafeInteger(plan.seed + plan.repeat))
    throw invalidOption("--seed", "a seed that leaves room for those of all repetitions", flags.seed);
  // A value may bring a drive of its own.
  const files = new Set(filesOf(experiment));
  for (const value of vary?.values ?? [null]) {
    const set = value === null ? flags.set : [...flags.set, `${vary?.name}=${value}`];
    const varied = value === null ? { experiment, document } : await loadVaried(path, set);
    for (const file of filesOf(varied.experiment)) files.add(file);
    if (!plan.overcommit) assertAllFit(varied, plan, flags.out);
  }
  if (plan.repeat === 1 && !flags.quiet)
    runProgress().note("one repetition tells nothing of the spread: every verdict will be inconclusive");
  const { steadyCores: asked = true } = flags;
  const steadyCores = asked === false ? null : ((await steadyCoresOf(asked, flags)) ?? null);
  return createValidation(
    experiment,
    document,
    [...files],
    { ...plan, steadyCores },
    flags.out,
    process.argv.slice(2),
  );
}

async function goOn(
  folder: string,
  path: string | undefined,
  repeats: Repeats,
  flags: ValidateFlags,
): Promise<OpenValidation> {
  const given =
    path ??
    (
      ["tdf", "margin", "vary", "undilated", "seed", "out", "steadyCores", "overcommit", "allowIdle"] as const
    ).find((name) => flags[name] !== undefined);
  if (given !== undefined || flags.set.length > 0) {
    const what = path ?? `--${(given ?? "set").replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new DieCastError(
      "invalid-option",
      `--continue: expected no experiment and no plan beside it, got ${what}`,
      {
        remedy: "what is run is on record; --repeat may ask for more of it",
      },
    );
  }
  const open = await openValidation(folder);
  // Before anything is waited for; it is looked at again then.
  withRepeats(open.record, repeats);
  return open;
}

/** Before hours of runs, not at the last TDF. */
function assertAllFit(
  { experiment, document }: LoadedExperiment,
  plan: ValidationPlan,
  out: string | undefined,
): void {
  for (const condition of conditionsOf({ ...plan, vary: null })) {
    const tdf = parseTdf(condition.tdf, "--tdf");
    const sharesOf = condition.sharesOf === null ? undefined : parseTdf(condition.sharesOf, "--undilated");
    const { seed, overcommit, allowIdle } = plan;
    const what = { experiment, document, tdf, sharesOf, seed, out };
    const prepared = prepareRun({
      ...what,
      ...{ overcommit, allowIdle, reference: undefined, steadyCores: undefined },
    });
    assertFits(prepared.plan, prepared.capacity);
  }
}

/** @throws DieCastError that names --vary where a value cannot be */
async function loadVaried(path: string, set: readonly string[]): Promise<LoadedExperiment> {
  try {
    return await loadExperiment(path, { overrides: set });
  } catch (cause) {
    if (!(cause instanceof DieCastError)) throw cause;
    const { code, message, remedy, problems } = cause;
    const ours = (text: string) => text.replace(/^--set /, "--vary ");
    const rest = { cause, problems: problems.map(ours), ...(remedy === undefined ? {} : { remedy }) };
    throw new DieCastError(code, ours(message), rest);
  }
}

/** `sessions=100,250` */
function parseVary(text: string): Variation {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0)).trim();
  const values = text
    .slice(equals + 1)
    .split(",")
    .map((value) => value.trim());
  // Runs lie in folders named for them.
  const names = new Set(values.map(valueInName));
  if (name === "" || values.length < 2 || values.includes("") || names.size < values.length)
    throw invalidOption("--vary", "NAME=VALUE,VALUE with at least two different values", text);
  return { name, values };
}

/** Without a TDF of its own: the last of --tdf. */
function parseUndilated(flag: true | string | undefined, tdfs: readonly string[]): string | null {
  if (flag === undefined) return null;
  return flag === true ? (tdfs.at(-1) ?? null) : formatRatio(parseTdf(flag, "--undilated"));
}

/** `1,2,5,10` */
export function parseTdfs(text: string): string[] {
  const tdfs = text.split(",").map((one) => formatRatio(parseTdf(one.trim(), "--tdf")));
  if (tdfs.length < 2 || new Set(tdfs).size < tdfs.length)
    throw invalidOption("--tdf", "at least two different TDFs, such as 1,2,5,10", text);
  // Runs lie in folders named for them.
  if (new Set(tdfs.map((tdf) => tdfInName(parseTdf(tdf, "--tdf")))).size < tdfs.length)
    throw invalidOption("--tdf", "TDFs that differ in their first six digits", text);
  return tdfs;
}

function reporterOf(
  progress: ReturnType<typeof runProgress>,
  vary: Variation | null,
  quiet: boolean,
): ValidationReporter {
  let running = "";
  let first = true;
  const silent = { phase: () => {}, progress: () => {}, note: () => {} };
  const loud: ValidationReporter = {
    ...progress,
    // The same for every run.
    note: (line) => {
      if (first) progress.note(line);
    },
    warn: (line) => progress.warn(`${running}: ${line}`),
    begin: (run, { number, total, leftS }) => {
      const { repetition, take, attempt, seed, path } = run;
      running = path;
      const again = attempt === 2 ? ", once more" : "";
      const which = take === undefined ? `${repetition}` : `${repetition}.${take}`;
      const what = `${describeCondition(run, vary)}, repetition ${which}${again}, seed ${seed}`;
      progress.note(`run ${number} of ${total}: ${what}; ${formatSeconds(leftS)} left`);
    },
    end: ({ path, outcome, fidelity, counted, reasons }) => {
      first = false;
      const what = outcome === "completed" ? (fidelity ?? outcome) : outcome;
      const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
      progress.note(`${path}: ${what}${counted ? "" : ", not counted"}${why}`);
    },
  };
  const begin: ValidationReporter["begin"] = ({ path }) => {
    running = path;
  };
  return quiet ? { ...loud, ...silent, begin, end: () => {} } : loud;
}

/** What a validation came to, for a terminal. */
export function formatValidation(
  { experiment, plan, comparisons, notes, complete, verdict }: Validation,
  folder: string,
): string {
  const { vary, tdfs, undilated, repeat } = plan;
  const [baseline = ""] = tdfs;
  const beside = undilated === null ? "" : `, undilated ${undilated} beside them`;
  const head = `${experiment}: TDF ${tdfs.slice(1).join(", ")} against ${baseline}${beside}, ${repeat} repetitions\n`;
  const place = relative(process.cwd(), folder) || ".";
  const sum = complete
    ? [
        ...comparisons.map((set) => `${describeCondition(set, vary)}: ${set.verdict}\n`),
        `${SET_VERDICTS[verdict]}\n`,
      ].join("")
    : `Interrupted; go on with: diecast validate --continue ${place}\n`;
  const remarks = notes.map((note) => `note: ${note}\n`).join("");
  const sets = comparisons
    .filter(({ metrics }) => metrics.length > 0)
    .map((set) => {
      const value = vary === null ? "" : `${describeValue(set, vary)}\n`;
      return `${value}${formatSet(set, baseline, describeSide(set))}`;
    });
  return `${[head, ...sets, remarks, sum].filter(Boolean).join("\n")}recorded in ${place}\n`;
}
