import { resolve } from "node:path";
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

/** As many as have a colour and a dash of their own. */
export const MOST_SERIES = 6;
/** As many as can be told apart by dash and symbol (styleOf). */
const MOST_STYLES = MOST_SERIES ** 2;

export interface Labelled<T> {
  readonly run: T;
  readonly label: string;
  readonly series: number;
}

interface RunOfFolder {
  readonly path: string;
  readonly tdf: string;
  /** What it ran, as text. */
  readonly experiment: string;
}

/**
 * Orders runs, the baseline first, and names them. The baseline is the run of the lowest TDF; among equals the one that was
 * named first. Runs of one TDF have a number, or, where they ran different things, the name of their folder. A series is one
 * run, or, where there are many, all of one TDF.
 */
export function arrange<T extends RunOfFolder>(
  runs: readonly T[],
): { readonly runs: readonly Labelled<T>[]; readonly series: readonly Series[] } {
  const ordered = [...runs].sort((a, b) => tdfOf(a) - tdfOf(b));
  const tdfs = [...new Set(ordered.map(({ tdf }) => tdf))];
  const labels = tdfs.flatMap((tdf) => labelsOf(ordered.filter((run) => run.tdf === tdf)));
  // Different things may not share a line's look, as long as there are looks.
  const most = tdfs.some((tdf) => differ(ordered.filter((run) => run.tdf === tdf)))
    ? MOST_STYLES
    : MOST_SERIES;
  const own = ordered.length <= most;
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

/** Of the runs of one TDF. */
function labelsOf(runs: readonly RunOfFolder[]): string[] {
  const ends = differ(runs) ? distinctEnds(runs.map(({ path }) => path)) : undefined;
  return runs.map(({ tdf }, i) => {
    if (runs.length === 1) return `TDF ${tdf}`;
    return ends === undefined ? `TDF ${tdf} run ${i + 1}` : `TDF ${tdf}, ${ends[i]}`;
  });
}

function differ(runs: readonly RunOfFolder[]): boolean {
  return new Set(runs.map(({ experiment }) => experiment)).size > 1;
}

/** The folders' names, or so much more of their paths that they differ; undefined if a path is there twice. */
function distinctEnds(paths: readonly string[]): string[] | undefined {
  const parts = paths.map((path) => resolve(path).split("/"));
  const longest = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count <= longest; count++) {
    const ends = parts.map((own) => own.slice(-count).join("/"));
    if (new Set(ends).size === ends.length) return ends;
  }
  return undefined;
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
