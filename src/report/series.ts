import { toNumber } from "../scale/ratio.js";
import { parseTdf } from "../scale/tdf.js";
import {
  type Condition,
  conditionsOf,
  describeCondition,
  describeSide,
  isSameCondition,
} from "../validate/conditions.js";
import type { ValidationPlan } from "../validate/validation.js";
import type { Series } from "./data.js";

/** As many as can be told apart by colour, dash and marker. */
export const MOST_SERIES = 6;

export interface Labelled<T> {
  readonly run: T;
  readonly label: string;
  readonly series: number;
}

/**
 * Orders runs, the baseline first, and names them. The baseline is the run of the lowest TDF; among equals the one that was
 * named first. A series is one run, or, where there are more runs than styles, all of one TDF.
 */
export function arrange<T extends { readonly tdf: string }>(
  runs: readonly T[],
): { readonly runs: readonly Labelled<T>[]; readonly series: readonly Series[] } {
  const ordered = [...runs].sort((a, b) => tdfOf(a) - tdfOf(b));
  const tdfs = [...new Set(ordered.map(({ tdf }) => tdf))];
  const labels = ordered.map((run, i) => {
    const alike = ordered.filter(({ tdf }) => tdf === run.tdf);
    const number = ordered.slice(0, i + 1).filter(({ tdf }) => tdf === run.tdf).length;
    return `TDF ${run.tdf}${alike.length > 1 ? ` run ${number}` : ""}`;
  });
  const own = ordered.length <= MOST_SERIES;
  return {
    runs: ordered.map((run, i) => ({
      run,
      label: labels[i] ?? "",
      series: own ? i : tdfs.indexOf(run.tdf),
    })),
    series: (own ? labels : tdfs.map((tdf) => `TDF ${tdf}`)).map((label, i) => ({
      label,
      isBaseline: i === 0,
    })),
  };
}

/** Orders and names the runs of a validation: by its conditions, and all repeats on the same side have one style. */
export function arrangeRepeats<T>(
  runs: readonly { readonly run: T; readonly condition: Condition }[],
  plan: Pick<ValidationPlan, "tdfs" | "vary" | "undilated">,
): { readonly runs: readonly Labelled<T>[]; readonly series: readonly Series[] } {
  const conditions = conditionsOf(plan);
  const sides = [...new Set(conditions.map(describeSide))];
  const labelled = conditions.flatMap((condition) => {
    const alike = runs.filter((run) => isSameCondition(run.condition, condition));
    const label = describeCondition(condition, plan.vary);
    return alike.map(({ run }, i) => ({
      run,
      label: `${label}${alike.length > 1 ? ` run ${i + 1}` : ""}`,
      series: sides.indexOf(describeSide(condition)),
    }));
  });
  return { runs: labelled, series: sides.map((label, i) => ({ label, isBaseline: i === 0 })) };
}

function tdfOf({ tdf }: { readonly tdf: string }): number {
  return toNumber(parseTdf(tdf, "run.json: tdf"));
}
