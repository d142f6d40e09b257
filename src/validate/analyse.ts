import { join } from "node:path";
import { compareSets } from "../compare/compare_sets.js";
import type { SetComparison } from "../compare/set_comparison.js";
import type { ValidationPlan, ValidationRun } from "./validation.js";

/**
 * Compares every TDF with the first one, by the runs that count.
 * @param folder the validation's: the runs' paths are relative to it, and so are those in the notes
 * @throws DieCastError if a run's folder cannot be read any more
 */
export async function analyse(
  folder: string,
  { tdfs, margins, seed }: ValidationPlan,
  runs: readonly ValidationRun[],
): Promise<SetComparison[]> {
  const [baselineTdf = "", ...others] = tdfs;
  const counted = (tdf: string) =>
    runs
      .filter((run) => run.counted && run.tdf === tdf)
      .sort((a, b) => a.repetition - b.repetition)
      .map(({ path }) => join(folder, path));
  const baseline = counted(baselineTdf);
  const comparisons: SetComparison[] = [];
  for (const tdf of others) {
    const scaled = counted(tdf);
    const few = [baselineTdf, tdf].filter((_, side) => [baseline, scaled][side]?.length === 0);
    const comparison =
      few.length > 0
        ? nothing(tdf, few)
        : await compareSets(baseline, scaled, margins, { seed, withoutDoubts: true });
    comparisons.push({
      ...comparison,
      baselineRuns: baseline.length,
      scaledRuns: scaled.length,
      notes: comparison.notes.map((note) => note.replaceAll(`${folder}/`, "")),
    });
  }
  return comparisons;
}

function nothing(tdf: string, without: readonly string[]): SetComparison {
  const notes = [`no run at TDF ${without.join(", nor at TDF ")} that counts`];
  return { tdf, verdict: "not-comparable", baselineRuns: 0, scaledRuns: 0, metrics: [], profiles: [], notes };
}

/** Runs that could not be used, or only with doubts: one line each. */
export function notesOnRuns(runs: readonly ValidationRun[]): string[] {
  return runs.flatMap(({ path, outcome, fidelity, counted, reasons }) => {
    if (counted && fidelity !== "doubtful" && reasons.length === 0) return [];
    const what = outcome === "completed" ? `is ${fidelity ?? "without a verdict"}` : outcome;
    const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
    return [`${path} ${what}${counted ? "" : ", and not counted"}${why}`];
  });
}
