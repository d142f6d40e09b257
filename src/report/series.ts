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
  readonly sharesOf: string | null;
  /** What it ran, as text. */
  readonly experiment: string;
}

/**
 * Orders runs, the baseline first, and names them. The baseline is the run of the lowest TDF; among equals the one that was
 * named first. Those without dilation come last. Runs of one TDF have a number, or, where they ran different things, the name of their folder. A series is one
 * run, or, where there are many, all of one TDF.
 */
export function arrange<T extends RunOfFolder>(
  runs: readonly T[],
): { readonly runs: readonly Labelled<T>[]; readonly series: readonly Series[] } {
  const ordered = [...runs].sort((a, b) => rankOf(a) - rankOf(b));
  const sides = [...new Set(ordered.map(describeSide))];
  const ofSides = sides.map((side) => ordered.filter((run) => describeSide(run) === side));
  const labels = ofSides.flatMap(labelsOf);
  // Different things may not share a line's look, as long as there are looks.
  const most = ofSides.some(differ) ? MOST_STYLES : MOST_SERIES;
  const own = ordered.length <= most;
  return {
    runs: ordered.map((run, i) => ({
      run,
      label: labels[i] ?? "",
      series: own ? i : sides.indexOf(describeSide(run)),
    })),
    series: (own ? labels : sides).map((label, i) => ({
      label,
      isBaseline: i === 0,
    })),
  };
}

/** Of the runs on one side. */
function labelsOf(runs: readonly RunOfFolder[]): string[] {
  const ends = differ(runs) ? distinctEnds(runs.map(({ path }) => path)) : undefined;
  return runs.map((run, i) => {
    const side = describeSide(run);
    if (runs.length === 1) return side;
    return ends === undefined ? `${side} run ${i + 1}` : `${side}, ${ends[i]}`;
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

function rankOf({ tdf, sharesOf }: RunOfFolder): number {
  return sharesOf === null ? toNumber(parseTdf(tdf, "run.json: tdf")) : Number.POSITIVE_INFINITY;
}
