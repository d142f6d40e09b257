import { compareSets } from "./compare_sets.js";
import { assertDistinct, assertTrustworthy, readRecordedRun } from "./recorded_run.js";
import { overallVerdict, type SetComparison, type SetVerdict } from "./set_comparison.js";
import type { Margins } from "./tolerance.js";

/** Repeated runs of an experiment at several TDFs against those of the baseline. */
export interface GroupsComparison {
  readonly verdict: SetVerdict;
  readonly experiment: string;
  readonly baselineTdf: string;
  readonly comparisons: readonly SetComparison[];
}

/**
 * Compares runs, grouped by their TDF, with those of the baseline.
 * @throws DieCastError `invalid-option` if one of them is no run that finished, or they do not belong together; `failed` if one
 * cannot be trusted
 */
export async function compareGroups(
  baseline: readonly string[],
  runs: readonly string[],
  margins: Margins,
  options: { readonly allowUntrustworthy?: boolean } = {},
): Promise<GroupsComparison> {
  const [base, others] = [baseline.map(readRecordedRun), runs.map(readRecordedRun)];
  assertDistinct([...base, ...others]);
  if (!options.allowUntrustworthy) assertTrustworthy([...base, ...others]);
  const comparisons: SetComparison[] = [];
  for (const tdf of new Set(others.map(({ summary }) => summary.tdf))) {
    const group = others.filter(({ summary }) => summary.tdf === tdf).map(({ path }) => path);
    comparisons.push(await compareSets(baseline, group, margins));
  }
  const { experiment = "", tdf: baselineTdf = "" } = base[0]?.summary ?? {};
  return { verdict: overallVerdict(comparisons), experiment, baselineTdf, comparisons };
}
