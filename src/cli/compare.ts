import { writeSync } from "node:fs";
import { compareGroups } from "../compare/compare_groups.js";
import { compareRuns } from "../compare/compare_runs.js";
import type { Criteria, Verdict } from "../compare/comparison.js";
import { setsAsCsv } from "../compare/set_csv.js";
import { type Margins, parseMargins, parseTolerances } from "../compare/tolerance.js";
import { DieCastError, invalidOption } from "../errors.js";
import { repetitionsIn } from "../run/directory.js";
import { comparisonAsCsv, formatComparison } from "./comparison_table.js";
import { print } from "./print.js";
import { formatSet, SET_VERDICTS } from "./set_table.js";

export interface CompareFlags {
  baseline: string[];
  tolerance?: string;
  margin?: string;
  allowUntrustworthy?: boolean;
  json?: boolean;
  csv?: boolean;
}

const DEFAULT = "5%";

const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  within: 0,
  equivalent: 0,
  outside: 1,
  different: 1,
  inconclusive: 2,
  "not-comparable": 2,
};

/**
 * Prints the comparison; returns the exit code.
 * @param runs the baseline's and the other's folder, or with `--baseline` those to hold against it; a folder of `run --repeat` stands
 * for all runs in it
 * @throws DieCastError `invalid-option` for the options
 */
export async function compare(runs: readonly string[], flags: CompareFlags): Promise<number> {
  if (flags.json && flags.csv) throw invalidOption("--csv", "either --json or --csv", "both");
  const [baseline, scaled] = runs;
  const named = flags.baseline.length > 0;
  if (!named && (baseline === undefined || scaled === undefined || runs.length > 2)) {
    throw new DieCastError("invalid-option", `expected two runs, A and B, got ${runs.length}`, {
      remedy: "name those of the baseline with --baseline to compare more",
    });
  }
  const bases = (named ? flags.baseline : runs.slice(0, 1)).flatMap(repetitionsIn);
  const others = (named ? runs : runs.slice(1)).flatMap(repetitionsIn);
  const many = named || bases.length + others.length > 2;
  const criteria = criteriaOf(flags, many);
  try {
    return many
      ? await compareMany(bases, others, criteria.most, flags)
      : await compareTwo(bases[0] as string, others[0] as string, criteria, flags);
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    // Not a failure of the command: "not comparable" is one of its answers.
    writeSync(2, `diecast: ${error.line}\n`);
    return EXIT_CODES["not-comparable"];
  }
}

/** @param many whether a side has several runs */
function criteriaOf({ tolerance, margin }: CompareFlags, many: boolean): Criteria {
  if (margin !== undefined && tolerance !== undefined)
    throw invalidOption("--margin", "either --margin or --tolerance", "both");
  if (many && tolerance !== undefined)
    throw invalidOption(
      "--tolerance",
      "--margin with several runs on a side: repeats are tested for equivalence",
      tolerance,
    );
  if (margin !== undefined || many)
    return { by: "margin", most: parseMargins(margin ?? DEFAULT, "--margin") };
  return { by: "tolerance", most: parseTolerances(tolerance ?? DEFAULT, "--tolerance") };
}

async function compareTwo(
  baseline: string,
  scaled: string,
  criteria: Criteria,
  flags: CompareFlags,
): Promise<number> {
  const { allowUntrustworthy = false } = flags;
  const comparison = await compareRuns(baseline, scaled, criteria, { allowUntrustworthy });
  if (flags.json) print(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (flags.csv) print(comparisonAsCsv(comparison));
  else print(formatComparison(comparison));
  return EXIT_CODES[comparison.verdict];
}

async function compareMany(
  baseline: readonly string[],
  runs: readonly string[],
  margins: Margins,
  flags: CompareFlags,
): Promise<number> {
  const { allowUntrustworthy = false } = flags;
  const compared = await compareGroups(baseline, runs, margins, { allowUntrustworthy });
  if (flags.json) print(`${JSON.stringify(compared, null, 2)}\n`);
  else if (flags.csv) print(setsAsCsv(compared.comparisons));
  else {
    const sets = compared.comparisons.map((set) => formatSet(set, compared.baselineTdf));
    print([...sets, `${SET_VERDICTS[compared.verdict]}\n`].join("\n"));
  }
  return EXIT_CODES[compared.verdict];
}
