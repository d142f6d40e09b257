import { DieCastError } from "../errors.js";
import {
  type Cells,
  hasSamplesOf,
  PROFILE_UNITS,
  type Profiles,
  readProfiles,
  sampleIntervalS,
} from "./profiles.js";
import type { RecordedRun } from "./recorded_run.js";
import {
  type DistanceComparison,
  type Equivalence,
  type ProfileComparison,
  verdictOfSome,
} from "./set_comparison.js";
import type { Sides } from "./sides.js";
import { curveDistance, envelope, levelOf, meanCurve, type Profile } from "./statistics/curves.js";
import { compareDistance, withoutDistance } from "./statistics/distances.js";
import type { Random } from "./statistics/random.js";
import type { Margins } from "./tolerance.js";

/**
 * Compares what groups of guests used of each resource over time.
 * @param notes takes why there is nothing to compare, and where it is missing
 */
export async function compareProfiles(
  sides: Sides,
  margin: Margins["profile"],
  random: Random,
  notes: string[],
): Promise<ProfileComparison[]> {
  const { all, baseline, scaled } = sides;
  const asked = margin !== undefined;
  const cells = await cellsOf(all);
  if (cells === undefined) {
    if (asked)
      notes.push("no profiles of resources: a run has too few samples, or none (metrics/guests.csv)");
    return [];
  }
  const profiles = await readAll(all, cells, notes);
  const atS = Array.from({ length: cells.count }, (_, i) => (i + 1) * cells.cellS);
  const nothing = new Float64Array(cells.count).fill(Number.NaN);
  const found = [...new Set(profiles.flatMap((own) => [...own.keys()]))].flatMap((key) => {
    const { group, resource } = profiles.find((own) => own.has(key))?.get(key) ?? {};
    if (group === undefined || resource === undefined) return [];
    const curves = profiles.map((own) => own.get(key)?.profile ?? nothing);
    const levels = [baseline, scaled].map((runs) => levelOf(meanCurve(curves, runs)));
    // What nobody used has no shape.
    if (levels.every((level) => level === 0) || (!asked && !levels.some((level) => level > 0))) return [];
    const without = curves.filter((curve) => curve.every(Number.isNaN)).length;
    if (asked && without > 0)
      notes.push(`${group}: ${without} of ${all.length} runs have no profile of ${resource}`);
    // Neither a file that is lost is a difference, nor are samples that end before measuring begins.
    const lost =
      !all.every(({ path }) => hasSamplesOf(path, resource)) ||
      profiles.some((own) => own.get(key)?.profile.every(Number.isNaN));
    const missing = lost ? "inconclusive" : "different";
    const distance = distanceOf(curves, levels as [number, number], missing, sides, margin, random);
    return {
      group,
      resource,
      unit: PROFILE_UNITS[resource],
      atS,
      baseline: envelope(curves, baseline),
      scaled: envelope(curves, scaled),
      ...distance,
      verdict: without > 0 ? verdictOfSome(distance.verdict) : distance.verdict,
    };
  });
  if (found.length === 0 && asked && profiles.length > 0)
    notes.push("no profiles of resources: no guest used anything");
  return found;
}

function distanceOf(
  curves: readonly Profile[],
  [level, other]: readonly [number, number],
  missing: Equivalence,
  { baseline, scaled }: Sides,
  margin: Margins["profile"],
  random: Random,
): DistanceComparison {
  if (level > 0) {
    // What the other side does not have at all differs; where they only know other times of it, that cannot be told.
    if (Number.isNaN(other)) return withoutDistance(margin, missing);
    return compareDistance(curveDistance(curves, level), baseline, scaled, margin, random);
  }
  // One side has something, the other nothing: they differ, and there is nothing to say by how much.
  return withoutDistance(margin, other > 0 ? missing : "inconclusive");
}

/** Nothing if those of one run cannot be read: a file that is lost is no difference. */
async function readAll(all: readonly RecordedRun[], cells: Cells, notes: string[]): Promise<Profiles[]> {
  try {
    return await Promise.all(
      all.map(({ path, summary }) => readProfiles(path, { ...cells, beginS: summary.measure.beginS })),
    );
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    notes.push(`no profiles of resources: ${error.message}`);
    return [];
  }
}

/**
 * As fine as the runs were sampled, and as long as the shortest measured. Where each begins is its own. Undefined if the samples
 * of a run are not there, or too few.
 */
async function cellsOf(all: readonly RecordedRun[]): Promise<Cells | undefined> {
  const intervals = await Promise.all(all.map(({ path }) => sampleIntervalS(path).catch(() => undefined)));
  if (!intervals.every((interval) => interval !== undefined && interval > 0)) return undefined;
  const [cellS = 1] = intervals;
  const lengthS = Math.min(...all.map(({ summary: { measure } }) => measure.endS - measure.beginS));
  return { beginS: 0, cellS, count: Math.max(1, Math.round(lengthS / cellS)) };
}
