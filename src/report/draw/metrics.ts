import * as Plot from "@observablehq/plot";
import type { ReportData, ReportedMetric } from "../data.js";
import { eventsShown } from "../events.js";
import type { Html } from "../page/html.js";
import { drawBoth, drawChart, eventMarks, type Size, some, styleOf, valueDomain } from "./chart.js";

const WIDE: Size = { width: 540, height: 300 };
const NARROW: Size = { width: 336, height: 260 };
/** Beyond this share of values an axis would show a tail and nothing else. */
const SHOWN_SHARE = 0.995;
const MOST_MARKED = 25;
const MANY_LINES = 6;
const MARKED_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9];

/** Completions per virtual second, or the guests' nth values. */
export function drawCourse(data: ReportData, metric: ReportedMetric, said: string): Html {
  const lines = linesOf(data, metric, ({ overTime }) => overTime);
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const last = Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x))) + (metric.binS ?? 0) / 2;
  return drawBoth(WIDE, NARROW, (size) =>
    drawChart(said, size, {
      x: {
        label: metric.binS === null ? "nth value of each guest" : "virtual time since measuring began (s)",
        domain: [metric.binS === null ? 1 : 0, last],
      },
      y: {
        label: metric.binS === null ? metric.unit : "completions per virtual second",
        grid: true,
        zero: true,
        domain: valueDomain(values),
      },
      marks: [
        Plot.ruleY([0]),
        ...(metric.binS === null ? [] : eventMarks(eventsWithin(data))),
        ...lines.flatMap(({ points, series, style }) => [
          Plot.line(points, {
            stroke: style.stroke,
            strokeDasharray: style.strokeDasharray,
            strokeWidth: 1.8,
          }),
          Plot.dot(
            points.length > MOST_MARKED || lines.length > MANY_LINES
              ? some(points, lines.length > MANY_LINES ? 3 : 12, series)
              : points,
            {
              symbol: style.symbol,
              fill: style.stroke,
              r: 3,
            },
          ),
        ]),
      ],
    }),
  );
}

/** The share of values that are at most x. */
export function drawCdf(data: ReportData, metric: ReportedMetric, said: string): Html {
  const lines = linesOf(data, metric, ({ cdf }) => cdf);
  const most = cdfEnd(metric);
  const least = Math.min(...lines.map(({ points }) => points[0]?.[0] ?? 0));
  const unit = metric.unit === "" ? "" : ` (${metric.unit})`;
  return drawBoth(WIDE, NARROW, (size) =>
    drawChart(said, size, {
      x: { label: `${metric.name}${unit}`, domain: [least, most > least ? most : least + 1], nice: true },
      y: {
        label: "share of values that are at most this",
        grid: true,
        domain: [0, 1],
        percent: false,
        tickFormat: "%",
      },
      marks: [
        Plot.ruleY([0]),
        ...lines.flatMap(({ points, style }) => {
          const shown = points.filter(([value]) => value <= most);
          const shares = lines.length > MANY_LINES ? [0.5] : MARKED_SHARES;
          const marked = shares
            .map((share) => shown.find((point) => point[1] >= share))
            .filter((point) => point !== undefined);
          return [
            Plot.line(shown, {
              stroke: style.stroke,
              strokeDasharray: style.strokeDasharray,
              strokeWidth: 1.8,
              curve: "step-after",
            }),
            Plot.dot(marked, { symbol: style.symbol, fill: style.stroke, r: 3.5 }),
          ];
        }),
      ],
    }),
  );
}

/** Up to which value distributions are drawn: all of it, unless the last half per cent is far away. */
export function cdfEnd({ runs }: ReportedMetric): number {
  const least = Math.min(...runs.map(({ cdf }) => cdf[0]?.[0] ?? 0));
  const most = Math.max(...runs.map(({ cdf }) => cdf.at(-1)?.[0] ?? 0));
  const nearly = Math.max(...runs.map(({ cdf }) => cdf.find((point) => point[1] >= SHOWN_SHARE)?.[0] ?? 0));
  return most - least > 1.5 * (nearly - least) ? nearly : most;
}

/** Events that fall into their run's measuring, in seconds from its beginning. */
export function eventsWithin(data: ReportData): { atS: number; number: number }[] {
  const { run, events } = eventsShown(data);
  if (run === undefined) return [];
  const { beginS, endS } = run.measure;
  return events.flatMap(({ atS, number }) =>
    atS < beginS || atS > endS ? [] : [{ atS: atS - beginS, number }],
  );
}

type Points = readonly (readonly [number, number])[];

function linesOf(
  { runs }: ReportData,
  metric: ReportedMetric,
  points: (run: ReportedMetric["runs"][number]) => Points,
) {
  return metric.runs
    .map((run) => {
      const series = runs[run.run]?.series ?? 0;
      return { points: points(run), series, style: styleOf(series) };
    })
    .filter((line) => line.points.length > 0);
}
