import { DieCastError } from "../errors.js";
import { atEqualSpeed, notesAtEqualSpeed } from "./at_equal_speed.js";
import { compareDistributions } from "./compare_distributions.js";
import { compareProfiles } from "./compare_profiles.js";
import { notesOnCores } from "./cores.js";
import { compareQuantities, notesOnMissing, quantitiesOf } from "./quantities.js";
import {
  assertDistinct,
  assertSameExperiment,
  doubtsOf,
  experimentsDiffer,
  metricOf,
  type RecordedRun,
  readRecordedRun,
} from "./recorded_run.js";
import { type SetComparison, type SetMetricComparison, verdictOver } from "./set_comparison.js";
import { type Sides, sidesOf } from "./sides.js";
import { type Random, randomFrom } from "./statistics/random.js";
import { repeatsNeeded } from "./statistics/repeats_needed.js";
import type { Margins } from "./tolerance.js";

export interface SetOptions {
  /** Where resampling begins: the same runs give the same numbers. */
  readonly seed?: number;
  /** Leave out the notes on single runs: the caller has them. */
  readonly withoutDoubts?: boolean;
}

/**
 * Compares repeated runs of an experiment at one TDF with those at another.
 * @param baseline, scaled folders of runs, one at least of each; those of a side at one TDF
 * @throws DieCastError `invalid-option` if one of them is no run that finished, or is named twice, or they are of different
 * experiments
 */
export async function compareSets(
  baseline: readonly string[],
  scaled: readonly string[],
  margins: Margins,
  options: SetOptions = {},
): Promise<SetComparison> {
  const all = [...baseline, ...scaled].map(readRecordedRun);
  assertDistinct(all);
  assertSameExperiment(all);
  const sides = sidesOf(all, baseline.length);
  tdfOf(sides, sides.baseline);
  const undilated = [...new Set(all.slice(baseline.length).flatMap(({ sharesOf }) => sharesOf ?? []))];
  const notes = [
    ...undilated.map(
      (of) =>
        `the runs compared with the baseline are undilated: real time, with the processors of TDF ${of}`,
    ),
    ...notesOn(sides),
    ...(options.withoutDoubts ? [] : all.flatMap(doubtsOf)),
  ];
  const random = randomFrom(options.seed ?? 1);
  const metrics: SetMetricComparison[] = [];
  for (const name of new Set(all.flatMap(({ summary }) => summary.metrics.map((metric) => metric.name)))) {
    metrics.push(await compareMetric(name, sides, margins, random, notes));
  }
  const profiles = await compareProfiles(sides, margins.profile, random, notes);
  const verdicts = [
    ...metrics.flatMap(({ quantities, ks }) => [...quantities, ...(ks === null ? [] : [ks])]),
    ...profiles,
  ].flatMap(({ verdict }) => verdict ?? []);
  notes.push(...notesAtEqualSpeed(metrics), ...notesOnUndecided(metrics));
  // Asked for, and nothing there that could be judged.
  if (profiles.length === 0 && margins.profile !== undefined) verdicts.push("inconclusive");
  return {
    tdf: tdfOf(sides, sides.scaled),
    verdict: verdictOver(verdicts),
    paired: sides.paired,
    baselineRuns: baseline.length,
    scaledRuns: scaled.length,
    metrics,
    profiles,
    notes,
  };
}

async function compareMetric(
  name: string,
  sides: Sides,
  margins: Margins,
  random: Random,
  notes: string[],
): Promise<SetMetricComparison> {
  const found = sides.all.map((run) => metricOf(run, name));
  const known = found.filter((metric) => metric !== undefined);
  const kinds = new Set(known.map((metric) => metric.kind));
  if (kinds.size > 1) {
    throw new DieCastError("invalid-option", `${name}: a single value in one run, a distribution in another`);
  }
  const units = new Set(known.map((metric) => metric.unit));
  if (units.size > 1)
    notes.push(`${name}: the units differ: ${[...units].map((unit) => unit || "none").join(", ")}`);
  const missing = sides.all.filter((_, run) => found[run] === undefined).map(({ path }) => path);
  if (missing.length > 0) notes.push(`${name}: not in ${missing.join(", ")}`);
  const of = (seeds: readonly (readonly number[])[]) => seeds.map((runs) => runs.map((run) => found[run]));
  const [unit = ""] = units;
  const [kind = "pattern"] = kinds;
  const quantities = compareQuantities(
    of(sides.seeds.baseline),
    of(sides.seeds.scaled),
    margins,
    random,
    sides.paired,
  );
  const valuesOf = new Map(quantitiesOf(found).map(({ quantity, values }) => [quantity, values]));
  notes.push(...notesOnMissing(quantities).map((note) => `${name}: ${note}`));
  return {
    name,
    unit,
    kind,
    quantities: quantities.map((one) => {
      const adjusted = atEqualSpeed(sides, valuesOf.get(one.quantity) ?? []);
      return adjusted === undefined ? one : { ...one, atEqualSpeed: adjusted };
    }),
    ks: kind === "csv" ? await compareDistributions(name, sides, margins.ks, random, notes) : null,
  };
}

function tdfOf({ all }: Sides, runs: readonly number[]): string {
  const tdfs = new Set(runs.map((run) => (all[run] as RecordedRun).summary.tdf));
  if (tdfs.size === 1) return [...tdfs][0] as string;
  throw new DieCastError("invalid-option", `expected runs of one TDF on a side, got ${[...tdfs].join(", ")}`);
}

function notesOn({ all, baseline, scaled }: Sides): string[] {
  const [first] = all;
  const of = (runs: readonly number[]) => runs.map((run) => all[run] as RecordedRun);
  const differences = all.flatMap(({ path }) => experimentsDiffer((first as RecordedRun).path, path));
  const few =
    Math.min(baseline.length, scaled.length) < 2
      ? ["a side of one run tells nothing of the spread between runs: nothing can be shown without repeats"]
      : [];
  return [...new Set(differences), ...few, ...notesOnCores(of(baseline), of(scaled))];
}

/** What it would take to tell more, for who wonders whether to wait for it. */
function notesOnUndecided(metrics: readonly SetMetricComparison[]): string[] {
  const found = metrics.flatMap(({ name, quantities }) =>
    quantities.flatMap(({ quantity, baseline, scaled, paired, margin, verdict }) => {
      const [a, b] = [baseline, scaled].map(({ values }) => values.filter((value) => value !== null)) as [
        number[],
        number[],
      ];
      // That some runs have no value is told, and is not to be waited out.
      const missing = a.length < baseline.values.length || b.length < scaled.values.length;
      if (verdict !== "inconclusive" || margin === null || missing || Math.min(a.length, b.length) < 2)
        return [];
      const needed = repeatsNeeded(a, b, paired, margin);
      const what = quantity === "value" ? name : `${name} ${quantity}`;
      return [`${what} ${needed === undefined ? "more than 1,000" : `about ${needed}`}`];
    }),
  );
  if (found.length === 0) return [];
  return [`repeats that would tell, if error and spread stay as they are: ${found.join(", ")}`];
}
