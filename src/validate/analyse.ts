import { join } from "node:path";
import { compareSets } from "../compare/compare_sets.js";
import type { SetComparison } from "../compare/set_comparison.js";
import {
  type Condition,
  conditionsOf,
  describeSide,
  isBaseline,
  isSameCondition,
  type ValidationComparison,
} from "./conditions.js";
import type { ValidationPlan, ValidationRun } from "./validation.js";

/**
 * Compares what every condition came to with the first TDF's runs of the same value, by the runs that count.
 * @param folder the validation's: the runs' paths are relative to it, and so are those in the notes
 * @throws DieCastError if a run's folder cannot be read any more
 */
export async function analyse(
  folder: string,
  plan: ValidationPlan,
  runs: readonly ValidationRun[],
): Promise<ValidationComparison[]> {
  const { tdfs, margins, seed } = plan;
  const counted = (condition: Condition) =>
    runs
      .filter((run) => run.counted && isSameCondition(run, condition))
      .sort((a, b) => a.repetition - b.repetition || (a.take ?? 1) - (b.take ?? 1));
  const comparisons: ValidationComparison[] = [];
  for (const condition of conditionsOf(plan)) {
    if (isBaseline(condition, plan)) continue;
    const ofBaseline = { tdf: tdfs[0] ?? "", sharesOf: null, value: condition.value };
    const sides = [counted(ofBaseline), counted(condition)] as const;
    const pairs = inPairs(...sides);
    const [baseline, scaled] = pairs.map((side) => side.map(({ path }) => join(folder, path))) as [
      string[],
      string[],
    ];
    const few = [ofBaseline, condition].filter((_, side) => [baseline, scaled][side]?.length === 0);
    const comparison =
      few.length > 0
        ? nothing(condition.tdf, few)
        : await compareSets(baseline, scaled, margins, { seed, withoutDoubts: true });
    comparisons.push({
      ...comparison,
      ...condition,
      baselineRuns: baseline.length,
      scaledRuns: scaled.length,
      notes: [
        ...comparison.notes.map((note) => note.replaceAll(`${folder}/`, "")),
        ...notesOnPairs(sides, pairs, [condition, ofBaseline]),
      ],
    });
  }
  return comparisons;
}

/** Repetitions that both sides have, where there are any: they can be compared seed by seed. */
function inPairs(
  baseline: readonly ValidationRun[],
  scaled: readonly ValidationRun[],
): [readonly ValidationRun[], readonly ValidationRun[]] {
  const isIn = (side: readonly ValidationRun[]) => (run: ValidationRun) =>
    side.some(({ repetition }) => repetition === run.repetition);
  const [one, other] = [baseline.filter(isIn(scaled)), scaled.filter(isIn(baseline))];
  // Other seeds are other loads: even one pair says more than runs that have none in common.
  return one.length > 0 ? [one, other] : [baseline, scaled];
}

/** Runs that count, and are left out since the other side has none of their seed. */
function notesOnPairs(
  sides: readonly (readonly ValidationRun[])[],
  pairs: readonly (readonly ValidationRun[])[],
  others: readonly Condition[],
): string[] {
  return sides.flatMap((side, i) =>
    side
      .filter((run) => !pairs[i]?.includes(run))
      .map(({ path, repetition }) => {
        const other = describeSide(others[i] as Condition);
        return `${path} is left out: repetition ${repetition} does not count at ${other}`;
      }),
  );
}

function nothing(tdf: string, without: readonly Condition[]): SetComparison {
  const notes = [`no run at ${without.map(describeSide).join(", nor at ")} that counts`];
  const sides = { paired: false, baselineRuns: 0, scaledRuns: 0 };
  return { tdf, verdict: "not-comparable", ...sides, metrics: [], profiles: [], notes };
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
