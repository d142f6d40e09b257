import { join } from "node:path";
import { Combiner } from "../../metrics/combine.js";
import type { MetricSummary } from "../../metrics/extraction.js";
import { valuesFile } from "../../metrics/summary.js";
import { binWidthS, cdfOf, MOST_STEPS, ratesOf, thinPairs } from "../curves.js";
import type { MetricOfRun, ReportedMetric } from "../data.js";
import { Numbers } from "./numbers.js";
import { eachRow } from "./rows.js";
import type { RunFiles } from "./run_files.js";

const VALUE = /^value\b/;
const AT = "at (s)";
/** Fewer values of a guest are no course over time. */
const LEAST_COURSE = 3;

/** Of all lines together: the page draws each twice. */
const MOST_STEPS_OF_ALL = 15_000;
const LEAST_STEPS = 40;
/** Of the guests' nth values; more points than a chart has pixels to spare for. */
const MOST_POINTS = 120;
const MOST_POINTS_OF_ALL = 10_000;
const LEAST_POINTS = 20;

/** How many points each line may have. */
interface Room {
  readonly steps: number;
  readonly points: number;
}

/**
 * Reads the values of each metric that any of the runs has, in the order of the first.
 * @param parts how many such sets of runs the page has to have room for
 */
export async function readMetrics(
  runs: readonly RunFiles[],
  parts = 1,
): Promise<Omit<ReportedMetric, "of">[]> {
  const kinds = new Map(runs.flatMap(({ summary }) => summary.metrics.map(({ name, kind }) => [name, kind])));
  const metrics: Omit<ReportedMetric, "of">[] = [];
  // Only csv metrics have steps, and only patterns have points.
  const share = (kind: MetricSummary["kind"], all: number, least: number, most: number) => {
    const lines = [...kinds.values()].filter((own) => own === kind).length * runs.length * parts;
    return Math.min(most, Math.max(least, Math.floor(all / Math.max(1, lines))));
  };
  const room = {
    steps: share("csv", MOST_STEPS_OF_ALL, LEAST_STEPS, MOST_STEPS),
    points: share("pattern", MOST_POINTS_OF_ALL, LEAST_POINTS, MOST_POINTS),
  };
  for (const name of kinds.keys()) metrics.push(await readMetric(name, runs, room));
  return metrics;
}

async function readMetric(
  name: string,
  runs: readonly RunFiles[],
  room: Room,
): Promise<Omit<ReportedMetric, "of">> {
  const having = runs.flatMap((run, index) => {
    const metric = run.summary.metrics.find((other) => other.name === name);
    return metric === undefined ? [] : [{ run, index, metric }];
  });
  const longestS = Math.max(...having.map(({ run }) => durationS(run)));
  const binS = binWidthS(longestS);
  const found: MetricOfRun[] = [];
  let timed = false;
  for (const { run, index, metric } of having) {
    const file = join(run.path, valuesFile(name));
    if (metric.kind === "pattern") {
      found.push({ run: index, ...(await readPattern(file, metric, room.points)) });
    } else {
      const { times, ...curves } = await readDistribution(file, run, binS, room.steps);
      timed ||= times;
      found.push({ run: index, ...curves });
    }
  }
  const [first] = having;
  return {
    name,
    unit: first?.metric.unit ?? "",
    kind: first?.metric.kind ?? "csv",
    runs: found,
    binS: timed ? binS : null,
  };
}

async function readDistribution(
  file: string,
  run: RunFiles,
  binS: number,
  steps: number,
): Promise<Omit<MetricOfRun, "run"> & { readonly times: boolean }> {
  const values = new Numbers();
  const ends = new Numbers();
  const times = await eachRow(file, [VALUE, AT], ([value, at]) => {
    values.add(Number(value));
    ends.add(Number(at));
  });
  // A metric without a column of time has none of its values' times.
  if (!times) await eachRow(file, [VALUE], ([value]) => values.add(Number(value)));
  return {
    values: values.values.length,
    cdf: cdfOf(values.values.sort(), steps),
    overTime: times ? ratesOf(ends.values, durationS(run), binS) : [],
    times,
  };
}

async function readPattern(
  file: string,
  metric: MetricSummary & { readonly kind: "pattern" },
  most: number,
): Promise<Omit<MetricOfRun, "run">> {
  const byGuest = new Map<string, Numbers>();
  let values = 0;
  await eachRow(file, ["guest", VALUE], ([guest = "", value]) => {
    const own = byGuest.get(guest) ?? new Numbers();
    byGuest.set(guest, own);
    own.add(Number(value));
    values++;
  });
  const series = [...byGuest.values()].map((numbers) => numbers.values);
  const shortest = series.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);
  const course: [number, number][] = [];
  // Only as far as every guest has a value: a sum over fewer would look like a drop.
  for (let n = 0; n < shortest && Number.isFinite(shortest); n++) {
    const together = new Combiner(metric.combine);
    for (const own of series) together.add(own[n] as number);
    course.push([n + 1, together.result() ?? Number.NaN]);
  }
  return {
    values,
    cdf: [],
    overTime: course.length < LEAST_COURSE ? [] : thinPairs(course, most),
  };
}

function durationS({ summary }: RunFiles): number {
  return summary.measure.endS - summary.measure.beginS;
}
