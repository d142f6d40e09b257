import { join } from "node:path";
import { DieCastError } from "../errors.js";
import { valuesFile } from "../metrics/summary.js";
import { type Cells, PROFILE_UNITS, type Profiles, readProfiles, sampleIntervalS } from "./profiles.js";
import { compareQuantities } from "./quantities.js";
import {
  assertSameExperiment,
  doubtsOf,
  experimentsDiffer,
  metricOf,
  type RecordedRun,
  readRecordedRun,
} from "./recorded_run.js";
import {
  type DistanceComparison,
  type DistributionComparison,
  type ProfileComparison,
  type SetComparison,
  type SetMetricComparison,
  verdictOver,
} from "./set_comparison.js";
import { curveDistance, envelope, levelOf, meanCurve } from "./statistics/curves.js";
import { compareDistance } from "./statistics/distances.js";
import { curvesOf, distributionFunctions, pooledDistance } from "./statistics/distributions.js";
import { ksPValue } from "./statistics/kolmogorov_smirnov.js";
import { type Random, randomFrom } from "./statistics/random.js";
import type { Margins } from "./tolerance.js";
import { readSortedValues } from "./values.js";

/** The runs of both sides: first the baseline's, so that a run's number tells its side. */
interface Sides {
  /** The nth runs of both sides have the same seed. */
  readonly paired: boolean;
  readonly all: readonly RecordedRun[];
  readonly baseline: readonly number[];
  readonly scaled: readonly number[];
}

export interface SetOptions {
  /** Where resampling begins: the same runs give the same numbers. */
  readonly seed?: number;
  /** Leave out the notes on single runs: the caller has them. */
  readonly withoutDoubts?: boolean;
}

/**
 * Compares repeated runs of an experiment at one TDF with those at another.
 * @param baseline, scaled folders of runs, one at least of each; those of a side at one TDF
 * @throws DieCastError `invalid-option` if one of them is no run that finished, or they are of different experiments
 */
export async function compareSets(
  baseline: readonly string[],
  scaled: readonly string[],
  margins: Margins,
  options: SetOptions = {},
): Promise<SetComparison> {
  const all = [...baseline, ...scaled].map(readRecordedRun);
  assertSameExperiment(all);
  const sides = sidesOf(all, baseline.length);
  tdfOf(sides, sides.baseline);
  const notes = [...notesOn(sides), ...(options.withoutDoubts ? [] : all.flatMap(doubtsOf))];
  const random = randomFrom(options.seed ?? 1);
  const metrics: SetMetricComparison[] = [];
  for (const name of new Set(all.flatMap(({ summary }) => summary.metrics.map((metric) => metric.name)))) {
    metrics.push(await compareMetric(name, sides, margins, random, notes));
  }
  const profiles = await compareProfiles(sides, margins, random, notes);
  const verdicts = [
    ...metrics.flatMap(({ quantities, ks }) => [...quantities, ...(ks === null ? [] : [ks])]),
    ...profiles,
  ].flatMap(({ verdict }) => verdict ?? []);
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

/** Where both sides have the same seeds, each once, their runs stand in the order of the seeds. */
function sidesOf(all: readonly RecordedRun[], baselineRuns: number): Sides {
  const numbers = [...all.keys()];
  const [baseline, scaled] = [numbers.slice(0, baselineRuns), numbers.slice(baselineRuns)];
  const seedOf = (run: number) => (all[run] as RecordedRun).summary.seed;
  const bySeed = (runs: readonly number[]) => [...runs].sort((a, b) => seedOf(a) - seedOf(b));
  const [one, other] = [bySeed(baseline), bySeed(scaled)];
  const paired =
    new Set(one.map(seedOf)).size === one.length &&
    one.length === other.length &&
    one.every((run, i) => seedOf(run) === seedOf(other[i] as number));
  return paired ? { all, paired, baseline: one, scaled: other } : { all, paired, baseline, scaled };
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
  const of = (runs: readonly number[]) => runs.map((run) => found[run]);
  const [unit = ""] = units;
  const [kind = "pattern"] = kinds;
  return {
    name,
    unit,
    kind,
    quantities: compareQuantities(of(sides.baseline), of(sides.scaled), margins, random, sides.paired),
    ks: kind === "csv" ? await compareDistributions(name, sides, margins.ks, random, notes) : null,
  };
}

async function compareDistributions(
  name: string,
  { all, baseline, scaled }: Sides,
  margin: number | undefined,
  random: Random,
  notes: string[],
): Promise<DistributionComparison> {
  const values: Float64Array[] = [];
  for (const { path } of all) {
    try {
      values.push(await readSortedValues(join(path, valuesFile(name))));
    } catch (error) {
      if (!(error instanceof DieCastError)) throw error;
      notes.push(`${name}: no values for its distribution: ${error.message}`);
      values.push(new Float64Array());
    }
  }
  // A run without values has no distribution.
  const measured = (runs: readonly number[]) =>
    runs.filter((run) => (values[run] as Float64Array).length > 0);
  const [a, b] = [measured(baseline), measured(scaled)];
  if (a.length === 0 || b.length === 0) {
    const nothing = a.length + b.length === 0 ? { verdict: null } : {};
    return { ...noDistance(margin), ...nothing, independentP: null, curves: null };
  }
  const functions = distributionFunctions(values);
  const found = compareDistance(pooledDistance(functions), a, b, margin, random);
  const size = (runs: readonly number[]) =>
    runs.reduce((sum, run) => sum + (functions.sizes[run] as number), 0);
  return {
    ...found,
    independentP: found.distance === null ? null : ksPValue(found.distance, size(a), size(b)),
    curves: curvesOf(functions, a, b),
  };
}

async function compareProfiles(
  { all, baseline, scaled }: Sides,
  margins: Margins,
  random: Random,
  notes: string[],
): Promise<ProfileComparison[]> {
  const cells = await cellsOf(all);
  if (cells === undefined) return [];
  let profiles: Profiles[];
  try {
    profiles = await Promise.all(
      all.map(({ path, summary }) => readProfiles(path, { ...cells, beginS: summary.measure.beginS })),
    );
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    notes.push(`no profiles of resources: ${error.message}`);
    return [];
  }
  const atS = Array.from({ length: cells.count }, (_, i) => (i + 1) * cells.cellS);
  const nothing = new Float64Array(cells.count).fill(Number.NaN);
  return [...new Set(profiles.flatMap((own) => [...own.keys()]))].flatMap((key) => {
    const { group, resource } = profiles.find((own) => own.has(key))?.get(key) ?? {};
    if (group === undefined || resource === undefined) return [];
    const curves = profiles.map((own) => own.get(key)?.profile ?? nothing);
    const [level, other] = [baseline, scaled].map((runs) => levelOf(meanCurve(curves, runs))) as [
      number,
      number,
    ];
    // What nobody used has no shape.
    if (!(level > 0) && !(other > 0)) return [];
    return {
      group,
      resource,
      unit: PROFILE_UNITS[resource],
      atS,
      baseline: envelope(curves, baseline),
      scaled: envelope(curves, scaled),
      ...(level > 0
        ? compareDistance(curveDistance(curves, level), baseline, scaled, margins.profile, random)
        : noDistance(margins.profile)),
    };
  });
}

/** One side has something, the other nothing: they differ, and there is nothing to say by how much. */
function noDistance(margin: number | undefined): DistanceComparison {
  const unknown = { distance: null, interval: null, yardstick: null, chance: null, p: null };
  return { ...unknown, margin: margin ?? null, verdict: margin === undefined ? null : "different" };
}

/** As fine as the runs were sampled, and as long as the shortest measured. Where each begins is its own. */
async function cellsOf(all: readonly RecordedRun[]): Promise<Cells | undefined> {
  const [first] = all;
  const cellS = first === undefined ? undefined : await sampleIntervalS(first.path).catch(() => undefined);
  if (cellS === undefined || !(cellS > 0)) return undefined;
  const lengthS = Math.min(...all.map(({ summary: { measure } }) => measure.endS - measure.beginS));
  return { beginS: 0, cellS, count: Math.max(1, Math.round(lengthS / cellS)) };
}

function tdfOf({ all }: Sides, runs: readonly number[]): string {
  const tdfs = new Set(runs.map((run) => (all[run] as RecordedRun).summary.tdf));
  if (tdfs.size === 1) return [...tdfs][0] as string;
  throw new DieCastError("invalid-option", `expected runs of one TDF on a side, got ${[...tdfs].join(", ")}`);
}

function notesOn({ all, baseline, scaled }: Sides): string[] {
  const [first] = all;
  const differences = all.flatMap(({ path }) => experimentsDiffer((first as RecordedRun).path, path));
  const few =
    Math.min(baseline.length, scaled.length) < 2
      ? ["a side of one run tells nothing of the spread between runs: nothing can be shown without repeats"]
      : [];
  return [...new Set(differences), ...few];
}
