import { compareSets } from "./compare_sets.js";
import {
  assertDistinct,
  assertSameSharing,
  assertTrustworthy,
  type RecordedRun,
  readRecordedRun,
} from "./recorded_run.js";
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
 * Compares runs, grouped by their TDF (those without dilation by themselves), with those of the baseline.
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
  assertSameSharing(base);
  const comparisons: SetComparison[] = [];
  for (const side of new Set(others.map(sideOf))) {
    const group = others.filter((run) => sideOf(run) === side).map(({ path }) => path);
    comparisons.push(await compareSets(baseline, group, margins));
  }
  const { experiment = "", tdf: baselineTdf = "" } = base[0]?.summary ?? {};
  return { verdict: overallVerdict(comparisons), experiment, baselineTdf, comparisons };
}

function sideOf({ summary, sharesOf }: RecordedRun): string {
  return `${summary.tdf} ${sharesOf ?? ""}`;
}
